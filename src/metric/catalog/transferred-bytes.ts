import type { Metric } from "../contract.js";
import { completedMigration } from "../events.js";

/**
 * Bytes that the hypervisor wrote into the migration stream.
 *
 * Bound: 0, a counter read after the end. It leaves out TCP and IP headers and retransmissions.
 */
export const metric: Metric = {
  id: "transferredBytes",
  title: "Bytes of the migration stream",
  unit: "B",
  source: "QEMU QAPI, MigrationStats.transferred",
  compute(cell) {
    const bytes = completedMigration(cell)?.transferredBytes ?? undefined;
    return bytes === undefined ? undefined : { value: bytes, errorBound: 0 };
  },
};
