import type { Flow } from "../experiment/schema.js";
import type { MeasuredCell } from "../metric/compute.js";
import { completedMigration } from "../metric/events.js";
import { flowIntervals } from "../metric/iperf-flow.js";
import { meanThroughputMbit } from "../metric/throughput.js";
import type { Point, Series } from "./chart.js";

/** A gap of more than this share of an interval breaks a curve instead of being bridged. */
const GAP_SHARE = 0.5;

/** A flow's throughput, one point at the middle of each iperf interval; time in s since `originMs`. */
export function throughputCurve(cell: MeasuredCell, flow: Flow, originMs: number): Point[] {
  const intervals = flowIntervals(cell, flow);
  return intervals.flatMap(({ startMs, endMs, bytes }, index) => {
    const previous = intervals[index - 1];
    const point = {
      x: ((startMs + endMs) / 2 - originMs) / 1000,
      y: (bytes * 8) / 1000 / (endMs - startMs),
    };
    const gap = previous !== undefined && startMs - previous.endMs > GAP_SHARE * (endMs - startMs);
    return gap ? [{ x: point.x, y: null }, point] : [point];
  });
}

/**
 * The device's throughput as means over seconds counted from `originMs`, as iperf reports it by default;
 * only from `fromMs` on, and only seconds that iperf observed from end to end.
 */
export function throughputBySecond(cell: MeasuredCell, originMs: number, fromMs: number): Point[] {
  const flow = flowIntervals(cell, "device");
  const endMs = flow.at(-1)?.endMs ?? fromMs;
  const startMs = Math.max(fromMs, flow[0]?.startMs ?? Infinity);
  const points: Point[] = [];
  for (let second = Math.ceil((startMs - originMs) / 1000); ; second += 1) {
    const window = { startMs: originMs + second * 1000, endMs: originMs + (second + 1) * 1000 };
    if (window.endMs > endMs) return points;
    points.push({ x: second + 0.5, y: meanThroughputMbit(cell, "device", window)?.value ?? null });
  }
}

/**
 * RTTs of the 1 s ping to VM3: at its old address until the guest runs at the destination, then at the
 * next; a lost one breaks the curve. Pings that left for the next address before may be answered much
 * later, when VM3 is there, and say nothing about a path.
 */
export function pingCurve(cell: MeasuredCell, originMs: number): Point[] {
  const movedMs = completedMigration(cell)?.resumeMs ?? completedMigration(cell)?.commandEndMs ?? Infinity;
  return cell.series.ping
    .filter(({ address, sentMs }) => address === (sentMs < movedMs ? "old" : "next"))
    .map(({ sentMs, rttMs }) => ({ x: (sentMs - originMs) / 1000, y: rttMs }))
    .sort((a, b) => a.x - b.x);
}

/** Keeps what lies in a stretch of x. */
export const clip = (points: readonly Point[], from: number, to: number): Point[] =>
  points.filter(({ x }) => x >= from && x <= to);

export function curve(cell: MeasuredCell, label: string, style: number, points: readonly Point[]): Series {
  return { kind: cell.record.status === "ok" ? "measured" : "invalid", label, style, form: "curve", points };
}
