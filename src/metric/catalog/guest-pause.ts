import type { Metric } from "../contract.js";
import { completedMigration } from "../events.js";

/** Where the hypervisor's own total time is not known: its polling interval. */
const POLL_MS = 50;

/**
 * From the guest's stop at the source to its start at the destination, QMP STOP and RESUME as the
 * observer saw them.
 *
 * Bound: each event is stamped when it is read. How late that can be shows in the same cell: the wall
 * clock of the whole command less the hypervisor's own total time, at least 1 ms; 50 ms where the
 * hypervisor gave no total time.
 */
export const metric: Metric = {
  id: "guestPauseMs",
  title: "Guest stopped to guest resumed",
  unit: "ms",
  source: "thesis 4.2, item 4, last definition; QMP events STOP and RESUME",
  compute(cell) {
    const migration = completedMigration(cell);
    if (migration === undefined || migration.stopMs === null || migration.resumeMs === null) return undefined;
    const wallMs = migration.commandEndMs - migration.commandStartMs;
    const latenessMs = migration.totalTimeMs === null ? POLL_MS : wallMs - migration.totalTimeMs;
    return { value: migration.resumeMs - migration.stopMs, errorBound: Math.max(1, latenessMs) };
  },
};
