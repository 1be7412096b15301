import type { Metric } from "../contract.js";
import { answerableProbes } from "../outage.js";

/**
 * Requests to VM3's old address that got no reply although the device was attached and VM3 ran at the
 * source: losses of the network or of the probe, apart from the outages that the experiment makes.
 *
 * Bound: 0, a count.
 */
export const metric: Metric = {
  id: "probesLost",
  title: "Probe requests lost outside the expected outages",
  unit: "1",
  source: "thesis 4.2, item 4",
  compute(cell) {
    if (cell.series.probe.length === 0) return undefined;
    const lost = answerableProbes(cell).filter(({ receivedMs }) => receivedMs === null);
    return { value: lost.length, errorBound: 0 };
  },
};
