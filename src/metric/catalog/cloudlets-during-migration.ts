import type { Metric } from "../contract.js";
import { meanThroughputMbit } from "../throughput.js";
import { migrationWindow } from "../timeline.js";

/**
 * Mean payload rate of the flow from VM2 to VM1 from the start of the migrate command to its end: the period T.
 *
 * Bound: the bytes of the iperf intervals that straddle the two ends, over the migration.
 */
export const metric: Metric = {
  id: "cloudletsDuringMigrationMbit",
  title: "Throughput VM2 to VM1 during migration",
  unit: "Mbit/s",
  source: "thesis 4.4, Fig. 4.2",
  compute(cell) {
    const window = migrationWindow(cell);
    return window && meanThroughputMbit(cell, "cloudlets", window);
  },
};
