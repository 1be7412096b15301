import type { Metric } from "../contract.js";
import { meanThroughputMbit } from "../throughput.js";
import { loadedBeforeMigrationWindow } from "../timeline.js";

/**
 * Mean payload rate of the flow from VM2 to VM1 from its start to that of the migrate command.
 *
 * Bound: the bytes of the iperf intervals that straddle the two ends, over the window.
 */
export const metric: Metric = {
  id: "cloudletsBeforeMigrationMbit",
  title: "Throughput VM2 to VM1 before migration",
  unit: "Mbit/s",
  source: "thesis 4.4, Fig. 4.2",
  compute(cell) {
    const window = loadedBeforeMigrationWindow(cell);
    return window && meanThroughputMbit(cell, "cloudlets", window);
  },
};
