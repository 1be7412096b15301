import type { Metric } from "../contract.js";
import { pingRttsMs } from "../ping-rtt.js";
import { meanEstimate } from "../student-t.js";
import { beforeMigrationWindow } from "../timeline.js";

/**
 * Mean RTT between device and VM3 through the WAN before the migration starts, 1 s ping. A lost ping has
 * no RTT and counts as none.
 *
 * Bound: 95 % confidence half-width of the mean (Student t).
 */
export const metric: Metric = {
  id: "initialRttMs",
  title: "Initial RTT",
  unit: "ms",
  source: "thesis 4.6.2, Initial RTT",
  compute(cell) {
    const window = beforeMigrationWindow(cell);
    return window && meanEstimate(pingRttsMs(cell, window));
  },
};
