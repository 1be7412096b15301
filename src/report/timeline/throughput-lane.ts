import type { Flow } from "../../experiment/schema.js";
import type { IperfSample } from "../../record/series.js";
import type { PlotLane } from "./lane.js";

const labels: Record<Flow, string> = { device: "VM4 to VM3", cloudlets: "VM2 to VM1" };

/** What each iperf flow carried, interval by interval as iperf reported it. */
export function throughputLane(iperf: readonly IperfSample[]): PlotLane | undefined {
  if (iperf.length === 0) return undefined;
  return {
    kind: "plot",
    title: "Throughput",
    unit: "Mbit/s",
    scale: "linear",
    layers: (["device", "cloudlets"] as const).flatMap((flow, style) => {
      const own = iperf.filter((sample) => sample.flow === flow && sample.endMs > sample.startMs);
      if (own.length === 0) return [];
      const samples = own.map(({ startMs, endMs, bytes }) => ({
        startMs,
        endMs,
        value: (bytes * 8) / 1000 / (endMs - startMs),
      }));
      return [{ label: labels[flow], style, samples, form: "steps" as const }];
    }),
  };
}
