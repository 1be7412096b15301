import type { MeasuredCell } from "../metric/compute.js";
import { deviceFlow } from "../metric/stall.js";
import type { Point, Series } from "./chart.js";

/** A gap of more than this many usual steps breaks a curve instead of being bridged. */
const GAP_STEPS = 1.5;

/** The device's throughput, one point at the middle of each iperf interval; time in s since `originMs`. */
export function throughputCurve(cell: MeasuredCell, originMs: number): Point[] {
  const flow = deviceFlow(cell);
  return flow.flatMap(({ startMs, endMs, bytes }, index) => {
    const previous = flow[index - 1];
    const point = {
      x: ((startMs + endMs) / 2 - originMs) / 1000,
      y: (bytes * 8) / 1000 / (endMs - startMs),
    };
    const gap = previous !== undefined && startMs - previous.endMs > (GAP_STEPS - 1) * (endMs - startMs);
    return gap ? [{ x: point.x, y: null }, point] : [point];
  });
}

/** RTTs of the 1 s ping to VM3, at its old address or, from its first answer on, at the next; a lost one breaks the curve. */
export function pingCurve(cell: MeasuredCell, originMs: number): Point[] {
  const { ping } = cell.series;
  const movedMs = ping.find(({ address, rttMs }) => address === "next" && rttMs !== null)?.sentMs ?? Infinity;
  return ping
    .filter(({ address, sentMs }) => address === (sentMs < movedMs ? "old" : "next"))
    .map(({ sentMs, rttMs }) => ({ x: (sentMs - originMs) / 1000, y: rttMs }));
}

/** Keeps what lies in a stretch of x. */
export const clip = (points: readonly Point[], from: number, to: number): Point[] =>
  points.filter(({ x }) => x >= from && x <= to);

export function curve(cell: MeasuredCell, label: string, style: number, points: readonly Point[]): Series {
  return { kind: cell.record.status === "ok" ? "measured" : "invalid", label, style, form: "curve", points };
}
