import { type PointValue, samePoint } from "./point.js";

/** One point on both sides. */
export interface Pair {
  readonly run: PointValue;
  readonly reference: PointValue;
  /** run − reference, in the metric's unit. */
  readonly difference: number;
  /** run / reference; null where the reference can't be told from zero, as no share of it means anything then. */
  readonly ratio: number | null;
  /** (run − reference) / |reference|; null as above. */
  readonly relativeResidual: number | null;
}

/** Values of the same point, in the order of the first list. */
export function pairUp(run: readonly PointValue[], reference: readonly PointValue[]): Pair[] {
  return run.flatMap((ours) => {
    const theirs = reference.find((other) => samePoint(ours, other));
    return theirs === undefined ? [] : [pair(ours, theirs)];
  });
}

function pair(run: PointValue, reference: PointValue): Pair {
  const difference = run.value - reference.value;
  const aboveError = Math.abs(reference.value) > reference.halfWidth;
  return {
    run,
    reference,
    difference,
    ratio: aboveError ? run.value / reference.value : null,
    relativeResidual: aboveError ? difference / Math.abs(reference.value) : null,
  };
}
