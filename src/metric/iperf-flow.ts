import type { Flow } from "../experiment/schema.js";
import type { CellCurves } from "../record/recording.js";
import type { IperfSample } from "../record/series.js";
import { eventMs } from "./events.js";

/** One flow's iperf intervals while the probes ran, in order. */
export function flowIntervals(cell: CellCurves, flow: Flow): IperfSample[] {
  const stoppedMs = eventMs(cell, "ProbesStopped") ?? Infinity;
  return cell.series.iperf.filter((sample) => sample.flow === flow && sample.endMs <= stoppedMs);
}
