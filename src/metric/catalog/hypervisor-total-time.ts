import type { Metric } from "../contract.js";
import { completedMigration } from "../events.js";

/**
 * The hypervisor's own total time of the migration.
 *
 * Bound: QEMU takes two readings of a clock in whole milliseconds, 1 ms together.
 */
export const metric: Metric = {
  id: "hypervisorTotalTimeS",
  title: "Total time by the hypervisor",
  unit: "s",
  source: "QEMU QAPI, MigrationInfo.total-time",
  compute(cell) {
    const totalTimeMs = completedMigration(cell)?.totalTimeMs ?? undefined;
    return totalTimeMs === undefined ? undefined : { value: totalTimeMs / 1000, errorBound: 0.001 };
  },
};
