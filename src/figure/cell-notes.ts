import type { GridPoint } from "../metric/aggregate.js";
import type { MeasuredCell } from "../metric/compute.js";
import type { Series } from "./chart.js";

/** Names every cell that is not attested, so that none is missing or drawn without a word. */
export function outcomeNotes(points: readonly GridPoint[]): string[] {
  const invalid = points.flatMap((point) => point.invalid);
  const failed = points.flatMap((point) => point.failed);
  return [
    ...(invalid.length > 0 ? [`Hollow, not attested, reasons in metrics.csv: ${ids(invalid)}.`] : []),
    ...(failed.length > 0 ? [`Not drawn, failed, reasons in metrics.csv: ${ids(failed)}.`] : []),
  ];
}

/** For a curve over time of one cell. */
export function cellNotes(cells: readonly MeasuredCell[]): string[] {
  const invalid = cells.filter(({ record }) => record.status === "invalid");
  return [
    `Shown: ${ids(cells)}.`,
    ...invalid.map(({ record }) => `NOT ATTESTED, dashed: ${record.id}: ${record.reasons.join("; ")}.`),
  ];
}

/** What error bars mean where there are any. */
export function barNotes(series: readonly Series[]): string[] {
  const counts = series
    .filter(({ kind }) => kind === "measured")
    .flatMap(({ points }) => points.map(({ n }) => n ?? 1));
  return [
    ...(counts.some((n) => n > 1)
      ? [
          "Bars: 95 % confidence interval of the mean (Student t), or the metric's own error bound where that is larger (docs/metrics.md).",
        ]
      : []),
    ...(counts.length > 0 && counts.every((n) => n <= 1)
      ? ["Bars: the metric's own error bound (docs/metrics.md)."]
      : []),
  ];
}

const MOST = 8;

function ids(cells: readonly MeasuredCell[]): string {
  const names = cells.map(({ record }) => record.id);
  const more = names.length - MOST;
  return names.slice(0, MOST).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
