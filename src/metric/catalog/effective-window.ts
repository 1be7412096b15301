import type { Metric } from "../contract.js";
import { windowKiB } from "../window-size.js";
import { metrics as pathRtts } from "./path-rtt.js";
import { metrics as pathThroughputs } from "./path-throughput.js";

/**
 * Throughput of a path times its RTT: the window that equation 3.7 needs to give this throughput. The RTT is
 * that of the empty path; where the flow queues, more than this was in flight.
 *
 * Bound: those of throughput and RTT, relative and in quadrature.
 */
export const metrics: readonly Metric[] = (["cloudlets", "device"] as const).map((flow) => ({
  id: `${flow}EffectiveWindowKiB`,
  title: `Effective window of the flow ${flow === "cloudlets" ? "VM2 to VM1" : "VM4 to VM3"}`,
  unit: "KiB",
  source: "thesis 3.4.4, equation 3.7",
  compute(cell) {
    const rtt = pathRtts.find(({ id }) => id === `${flow}RttMs`)?.compute(cell);
    const throughput = pathThroughputs.find(({ id }) => id === `${flow}ThroughputMbit`)?.compute(cell);
    return rtt && throughput && windowKiB(throughput, rtt);
  },
}));
