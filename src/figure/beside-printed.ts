import { aggregate, type GridPoint } from "../metric/aggregate.js";
import { rounded } from "./chart.js";

/** Columns after a measured mean in every table that has the thesis's numbers. */
export const besidePrintedColumns = ["halfWidth95", "n", "invalid", "failed", "printed", "ratio"] as const;

/** A metric's mean at a point, and these columns. */
export function besidePrinted(
  point: GridPoint,
  metric: string,
  printed: number | undefined,
): (number | null)[] {
  const found = aggregate(point, metric);
  return [
    rounded(found?.mean),
    found?.interval !== "t95" ? null : rounded(found.halfWidth),
    found?.n ?? 0,
    point.invalid.length,
    point.failed.length,
    printed ?? null,
    found === undefined || printed === undefined ? null : rounded(found.mean / printed),
  ];
}
