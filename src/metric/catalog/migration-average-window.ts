import type { Metric } from "../contract.js";
import { CONFIDENCE, studentT } from "../student-t.js";
import { windowKiB } from "../window-size.js";
import { metric as migrationGoodput } from "./migration-goodput.js";

/**
 * Goodput of the migration stream times the RTT of the link between the cloudlets, measured before the migration
 * with nothing on it: the thesis's average receive window, equation 4.1.
 *
 * Bound: those of goodput and mean RTT (95 % confidence, Student t), relative and in quadrature.
 */
export const metric: Metric = {
  id: "migrationAverageWindowKiB",
  title: "Average window of the migration stream",
  unit: "KiB",
  source: "thesis 4.6.1, equations 4.1 and 4.2",
  compute(cell) {
    const goodput = migrationGoodput.compute(cell);
    const rtt = cell.record.attestation?.before.rtt;
    if (goodput === undefined || rtt === undefined || rtt.received < 2) return undefined;
    const halfWidthMs = (studentT(CONFIDENCE, rtt.received - 1) * rtt.deviationMs) / Math.sqrt(rtt.received);
    return windowKiB(goodput, { value: rtt.meanMs, errorBound: halfWidthMs });
  },
};
