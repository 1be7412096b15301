import type { Metric } from "../contract.js";
import { meanEstimate } from "../student-t.js";

/**
 * Mean time between two requests of the dual-address probe to the same address.
 *
 * Bound: 95 % confidence half-width of the mean (Student t) over all spacings.
 */
export const metric: Metric = {
  id: "probeIntervalMs",
  title: "Mean probe interval",
  unit: "ms",
  source: "thesis 4.2, item 4: 0.01 s",
  compute(cell) {
    const sent = cell.series.probe.filter(({ address }) => address === "old").map(({ sentMs }) => sentMs);
    return meanEstimate(sent.slice(1).map((sentMs, index) => sentMs - (sent[index] ?? sentMs)));
  },
};
