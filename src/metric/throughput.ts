import type { Flow } from "../experiment/schema.js";
import type { CellCurves } from "../record/recording.js";
import type { Estimate } from "./contract.js";
import { flowIntervals } from "./iperf-flow.js";
import type { Window } from "./window.js";

/**
 * Mean rate of a flow in a window, Mbit/s of payload, over the part that iperf observed.
 *
 * Bound: an iperf interval that straddles an edge counts by the share of it that lies inside; its bytes
 * may as well have passed all inside or all outside.
 */
export function meanThroughputMbit(cell: CellCurves, flow: Flow, window: Window): Estimate | undefined {
  let bytes = 0;
  let doubtfulBytes = 0;
  let observedMs = 0;
  for (const sample of flowIntervals(cell, flow)) {
    const insideMs = Math.min(sample.endMs, window.endMs) - Math.max(sample.startMs, window.startMs);
    if (insideMs <= 0) continue;
    const share = insideMs / (sample.endMs - sample.startMs);
    bytes += share * sample.bytes;
    observedMs += insideMs;
    if (share < 1) doubtfulBytes += Math.max(share, 1 - share) * sample.bytes;
  }
  if (observedMs === 0) return undefined;
  const mbitPerByte = 8 / 1000 / observedMs;
  return { value: bytes * mbitPerByte, errorBound: doubtfulBytes * mbitPerByte };
}
