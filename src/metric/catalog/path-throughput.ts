import type { Flow } from "../../experiment/schema.js";
import type { Metric } from "../contract.js";
import { meanThroughputMbit } from "../throughput.js";
import { flowWindow } from "../timeline.js";
import { durationMs } from "../window.js";

const metricOf = (flow: Flow, ends: string): Metric => ({
  id: `${flow}ThroughputMbit`,
  title: `Throughput ${ends}`,
  unit: "Mbit/s",
  source: "thesis 3.4.4, Fig. 3.10; 4.4, Table 4.3",
  compute(cell) {
    const window = flowWindow(cell, flow);
    if (cell.record.scenario !== "throughput" || window === undefined) return undefined;
    const found = meanThroughputMbit(cell, flow, window);
    if (found === undefined) return undefined;
    const bufferBits = 2 * cell.record.parameters.workload.windowKiB * 1024 * 8;
    return {
      value: found.value,
      errorBound: found.errorBound + bufferBits / 1000 / durationMs(window),
    };
  },
});

/**
 * Mean payload rate of a flow that has its path to itself, from its start to its end, in a cell in which nothing
 * moves. Slow start is part of it.
 *
 * Bound: iperf counts what the sender handed to its socket. The last of it may not have arrived: up to the
 * send buffer, twice the window asked for (socket(7): the kernel doubles SO_SNDBUF). And the bytes of iperf
 * intervals that straddle the two ends.
 */
export const metrics: readonly Metric[] = [
  // Every cell of this scenario has it (Fig. 3.10, Table 4.3).
  { ...metricOf("cloudlets", "VM2 to VM1"), headlineOf: ["throughput"] },
  metricOf("device", "VM4 to VM3"),
];
