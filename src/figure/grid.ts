import { byExperiment, type GridPoint, type ShapedGridPoint, widestExperiment } from "../metric/aggregate.js";
import type { MeasuredCell } from "../metric/compute.js";
import type { MeasuredRun } from "../metric/measured-run.js";

/** Rates are declared in whole kbit/s at the finest. */
export const bandwidthMbit = ({ rateBps }: ShapedGridPoint): number => rateBps / 1e6;

/** What the figures over bandwidth and RTT are drawn from. */
export const grid = ({ points }: Pick<MeasuredRun, "points">): readonly ShapedGridPoint[] =>
  widestExperiment(points, "handover");

/** Why there is no figure of it. */
export const NO_GRID = "the run has no handover over a shaped link";

/** Bandwidths of the grid from the widest down; a bandwidth's place in this list is its style. */
export function bandwidths(run: MeasuredRun): number[] {
  return [...new Set(grid(run).map(bandwidthMbit))].sort((a, b) => b - a);
}

/** RTTs of the grid, rising; an RTT's place in this list is its style where RTTs are the series. */
export function rtts(run: MeasuredRun): number[] {
  return [...new Set(grid(run).map(({ rttMs }) => rttMs))].sort((a, b) => a - b);
}

export function pointAt(run: MeasuredRun, mbit: number, rttMs: number): ShapedGridPoint | undefined {
  return grid(run).find((point) => bandwidthMbit(point) === mbit && point.rttMs === rttMs);
}

/** The one cell that stands for a point where a curve over time is drawn: its first attested repetition, else its first invalid one. */
export function representative(point: GridPoint): MeasuredCell | undefined {
  return point.ok[0] ?? point.invalid[0];
}

/**
 * The cell whose course over time is shown: the thesis's 350 Mbit/s and 20 ms where it was run, in the
 * experiment made for it, which is the one with the fewest points.
 */
export function handoverCell({ points }: Pick<MeasuredRun, "points">): MeasuredCell | undefined {
  const focused = byExperiment(points.filter(({ setting }) => setting === "handover"))
    .toSorted((a, b) => a.length - b.length)
    .flat();
  const thesis = focused.filter(({ rateBps, rttMs }) => rateBps === 350e6 && rttMs === 20);
  const cells = [...thesis, ...focused];
  return cells.flatMap(({ ok }) => ok)[0] ?? cells.flatMap(({ invalid }) => invalid)[0];
}
