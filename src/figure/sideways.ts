import type { Point, Series } from "./chart.js";

/** Distance between neighbouring series, as a share of the axis: about the width of a mark. */
const STEP = 0.012;

/**
 * How far each series is drawn beside its x, as a share of the axis: all 0 unless error bars of the run would hide
 * each other. What the CSV holds is not moved.
 */
export function sidewaysShares(series: readonly Series[]): number[] {
  const own = series.filter(({ kind, form }) => kind === "measured" && form === "marks");
  const hidden = own.some((one, index) =>
    own
      .slice(index + 1)
      .some((other) => one.points.some((point) => other.points.some((at) => hides(point, at)))),
  );
  return series.map((one) => {
    const place = own.indexOf(one);
    return hidden && place >= 0 ? (place - (own.length - 1) / 2) * STEP : 0;
  });
}

function hides(a: Point, b: Point): boolean {
  if (a.x !== b.x || a.low === undefined || b.low === undefined) return false;
  return Math.max(a.low, b.low) < Math.min(a.high ?? a.low, b.high ?? b.low);
}
