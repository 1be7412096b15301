import type { Metric } from "../contract.js";
import { clockBoundMs } from "../clock-bound.js";
import { completedMigration } from "../events.js";

/** Each of the two stamps is taken within a millisecond of what it stamps. */
const STAMP_MS = 1;

/**
 * From the guest's stop at the source to its start at the destination, QMP STOP and RESUME on the
 * observer's clock.
 *
 * Bound: a millisecond for each stamp. The hypervisor takes them itself as the guest stops and starts, in
 * microseconds (QEMU qapi/qapi-emit-events, `timestamp`), so that it does not matter when they are read. Where the
 * cloudlets have clocks of their own, what is not known of their offset is added.
 */
export const metric: Metric = {
  id: "guestPauseMs",
  title: "Guest stopped to guest resumed",
  unit: "ms",
  source: "thesis 4.2, item 4, last definition; QMP events STOP and RESUME",
  compute(cell) {
    const migration = completedMigration(cell);
    if (migration === undefined || migration.stopMs === null || migration.resumeMs === null) return undefined;
    const clocksMs = clockBoundMs(cell, "vm1") + clockBoundMs(cell, "vm2");
    return { value: migration.resumeMs - migration.stopMs, errorBound: 2 * STAMP_MS + clocksMs };
  },
};
