import type { Metric } from "../contract.js";
import { pingRttsMs } from "../ping-rtt.js";
import { meanEstimate } from "../student-t.js";
import { migrationWindow } from "../timeline.js";

/**
 * Mean RTT between device and VM3 during the migration, 1 s ping to the old address: the thesis's actual
 * average RTT. A lost ping has no RTT and counts as none.
 *
 * Bound: 95 % confidence half-width of the mean (Student t). It takes the pings as independent; a queue
 * that fills and drains over seconds makes them less so, and the bound then too narrow.
 */
export const metric: Metric = {
  id: "meanRttDuringMigrationMs",
  title: "Mean RTT during migration",
  unit: "ms",
  source: "thesis 4.6.2, Actual average RTT; Fig. 4.10",
  compute(cell) {
    const window = migrationWindow(cell);
    return window && meanEstimate(pingRttsMs(cell, window));
  },
};
