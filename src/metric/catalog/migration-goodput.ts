import type { Metric } from "../contract.js";
import { metric as totalMigrationTime } from "./total-migration-time.js";
import { metric as transferredBytes } from "./transferred-bytes.js";

/**
 * Payload of the migration stream over the total migration time; thesis equation 4.2, with the bytes
 * really sent in place of the memory in use.
 *
 * Bound: that of the total migration time, in proportion.
 */
export const metric: Metric = {
  id: "migrationGoodputMbit",
  title: "Goodput of the migration stream",
  unit: "Mbit/s",
  source: "thesis 4.6.1, equation 4.2",
  compute(cell) {
    const bytes = transferredBytes.compute(cell);
    const time = totalMigrationTime.compute(cell);
    if (bytes === undefined || time === undefined) return undefined;
    const value = (bytes.value * 8) / 1e6 / time.value;
    return { value, errorBound: (value * time.errorBound) / time.value };
  },
};
