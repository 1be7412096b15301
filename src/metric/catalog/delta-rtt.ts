import type { Metric } from "../contract.js";
import { metric as initialRtt } from "./initial-rtt.js";
import { metric as meanRtt } from "./mean-rtt-during-migration.js";

/**
 * Mean RTT during the migration less the initial RTT.
 *
 * Bound: those of the two means, which come from different pings, added in quadrature.
 */
export const metric: Metric = {
  id: "deltaRttMs",
  title: "Delta RTT",
  unit: "ms",
  source: "thesis 4.6.2, Delta RTT; Fig. 4.11",
  compute(cell) {
    const during = meanRtt.compute(cell);
    const before = initialRtt.compute(cell);
    if (during === undefined || before === undefined) return undefined;
    return {
      value: during.value - before.value,
      errorBound: Math.hypot(during.errorBound, before.errorBound),
    };
  },
};
