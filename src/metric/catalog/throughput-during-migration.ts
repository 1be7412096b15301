import type { Metric } from "../contract.js";
import { meanThroughputMbit } from "../throughput.js";
import { migrationWindow } from "../timeline.js";

/**
 * Mean payload rate of the device's flow from the start of the migrate command to its end.
 *
 * Bound: the bytes of the iperf intervals that straddle the two ends, over the migration.
 */
export const metric: Metric = {
  id: "throughputDuringMigrationMbit",
  title: "Mean throughput during migration",
  unit: "Mbit/s",
  source: "thesis 4.6.2, Fig. 4.13",
  compute(cell) {
    const window = migrationWindow(cell);
    return window && meanThroughputMbit(cell, "device", window);
  },
};
