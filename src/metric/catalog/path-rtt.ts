import type { Flow } from "../../experiment/schema.js";
import type { PingSample } from "../../record/series.js";
import type { Metric } from "../contract.js";
import { meanEstimate } from "../student-t.js";
import { flowWindow } from "../timeline.js";

/** Where the ping of a path goes: from the device to VM3, or from VM2 to VM1. */
const pinged: Record<Flow, PingSample["address"]> = { cloudlets: "vm1", device: "old" };

const metricOf = (flow: Flow, ends: string): Metric => ({
  id: `${flow}RttMs`,
  title: `RTT between ${ends}`,
  unit: "ms",
  source: "thesis 4.4, Table 4.3",
  compute(cell) {
    const started = flowWindow(cell, flow)?.startMs;
    if (cell.record.scenario !== "throughput" || started === undefined) return undefined;
    const rtts = cell.series.ping
      .filter(({ address, sentMs }) => address === pinged[flow] && sentMs < started)
      .map(({ rttMs }) => rttMs)
      .filter((rttMs) => rttMs !== null);
    return meanEstimate(rtts);
  },
});

/**
 * Mean RTT of a path with nothing on it: its pings before its flow starts, in a cell in which nothing moves. A
 * lost ping has no RTT and counts as none.
 *
 * Bound: 95 % confidence half-width of the mean (Student t).
 */
export const metrics: readonly Metric[] = [
  metricOf("cloudlets", "VM1 and VM2"),
  metricOf("device", "VM3 and VM4"),
];
