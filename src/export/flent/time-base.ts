/** Equal steps of a cell's time on which several series are put. */
export interface TimeBase {
  /** Where the first step begins, ms on the observer's clock. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** A quantity at a moment; null where it was asked for and not had, as with a lost ping. */
export interface Sample {
  readonly tMs: number;
  readonly value: number | null;
}

/** What passed in a stretch of time, which is not empty. */
export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
}

/** The steps that hold all of these stretches, a moment being an empty one; undefined when there are none. */
export function timeBase(
  stretches: Iterable<Pick<Interval, "startMs" | "endMs">>,
  stepMs: number,
): TimeBase | undefined {
  let first = Infinity;
  let last = -Infinity;
  for (const { startMs, endMs } of stretches) {
    const step = Math.floor(startMs / stepMs);
    first = Math.min(first, step);
    last = Math.max(last, step, Math.ceil(endMs / stepMs) - 1);
  }
  return last < first ? undefined : { startMs: first * stepMs, stepMs, steps: last - first + 1 };
}

/** The end of each step, by which everything in it has happened, ms. */
export const stepEndsMs = ({ startMs, stepMs, steps }: TimeBase): number[] =>
  Array.from({ length: steps }, (_, step) => startMs + (step + 1) * stepMs);

/** The mean of the values that fall into each step; null where there is none. Nothing is interpolated. */
export function meanPerStep(base: TimeBase, samples: readonly Sample[]): (number | null)[] {
  const sums = new Float64Array(base.steps);
  const counts = new Uint32Array(base.steps);
  for (const { tMs, value } of samples) {
    if (value === null) continue;
    const step = Math.floor((tMs - base.startMs) / base.stepMs);
    sums[step] = (sums[step] ?? 0) + value;
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return Array.from(sums, (sum, step) => {
    const count = counts[step] ?? 0;
    return count === 0 ? null : sum / count;
  });
}

/** The mean rate over what was observed of each step, Mbit/s; null where nothing was. */
export function ratePerStep(base: TimeBase, intervals: readonly Interval[]): (number | null)[] {
  const bytes = new Float64Array(base.steps);
  const observedMs = new Float64Array(base.steps);
  const stepAt = (tMs: number) => (tMs - base.startMs) / base.stepMs;
  for (const interval of intervals) {
    for (let step = Math.floor(stepAt(interval.startMs)); step < stepAt(interval.endMs); step++) {
      const startMs = base.startMs + step * base.stepMs;
      const insideMs = Math.min(interval.endMs, startMs + base.stepMs) - Math.max(interval.startMs, startMs);
      const share = insideMs / (interval.endMs - interval.startMs);
      bytes[step] = (bytes[step] ?? 0) + share * interval.bytes;
      observedMs[step] = (observedMs[step] ?? 0) + insideMs;
    }
  }
  return Array.from(bytes, (sum, step) => {
    const spanMs = observedMs[step] ?? 0;
    return spanMs === 0 ? null : mbit(sum, spanMs);
  });
}

/** Mbit/s of so many bytes in so many milliseconds. */
export const mbit = (bytes: number, spanMs: number): number => (bytes * 8) / 1000 / spanMs;
