import type { Metric } from "../contract.js";
import { meanThroughputMbit } from "../throughput.js";
import { phaseNames, phases } from "../walk.js";

const when = {
  before: "before the device moves",
  between: "between the networks",
  after: "in the second Wi-Fi network",
} as const;

/**
 * Mean payload rate of the device's flow in each phase of its walk, over the part of the phase that iperf observed.
 *
 * Bound: the bytes of the iperf intervals that straddle the phase's edges, over the phase.
 */
export const metrics: readonly Metric[] = phaseNames.map((name) => ({
  id: `goodput${name.replace(/^./, (letter) => letter.toUpperCase())}Mbit`,
  title: `Mean goodput ${when[name]}`,
  unit: "Mbit/s",
  source: "thesis 3.3.2, A and B of Figs 3.6 and 3.8",
  scenarios: ["device-handover"],
  compute(cell) {
    const phase = phases(cell)[name];
    return phase && meanThroughputMbit(cell, "device", phase);
  },
}));
