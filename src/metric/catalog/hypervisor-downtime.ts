import type { Metric } from "../contract.js";
import { completedMigration } from "../events.js";

/**
 * The hypervisor's own downtime: guest stopped until the source has sent the last of it. It ends before
 * the destination runs the guest.
 *
 * Bound: two readings of a clock in whole milliseconds, 1 ms together.
 */
export const metric: Metric = {
  id: "hypervisorDowntimeMs",
  title: "Downtime by the hypervisor",
  unit: "ms",
  source: "QEMU QAPI, MigrationInfo.downtime",
  compute(cell) {
    const downtimeMs = completedMigration(cell)?.downtimeMs ?? undefined;
    return downtimeMs === undefined ? undefined : { value: downtimeMs, errorBound: 1 };
  },
};
