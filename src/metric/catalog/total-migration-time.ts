import type { Metric } from "../contract.js";
import { clockBoundMs } from "../clock-bound.js";
import { migrationWindow } from "../timeline.js";

/**
 * Wall clock of the migrate command: the time before it to the time after it.
 *
 * Bound: the end is noticed at most one poll of the hypervisor late, so the longest spacing of the polls
 * around the end; 50 ms, the polling interval, where the series is missing. Where cloudlet 2, which stamps the end, has a
 * clock of its own, what is not known of its offset is added.
 */
export const metric: Metric = {
  id: "totalMigrationTimeS",
  title: "Total VM migration time",
  unit: "s",
  source: "thesis 4.2, item 3; Table 4.9",
  headlineOf: ["handover"],
  compute(cell) {
    const window = migrationWindow(cell);
    if (window === undefined) return undefined;
    const [before, last] = cell.series.migration.map(({ tMs }) => tMs).slice(-2);
    const pollMs = before === undefined || last === undefined ? 50 : last - before;
    return {
      value: (window.endMs - window.startMs) / 1000,
      errorBound: (pollMs + clockBoundMs(cell, "vm2")) / 1000,
    };
  },
};
