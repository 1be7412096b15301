import { aggregate } from "../metric/aggregate.js";
import { printedValues } from "../paper/paper.js";
import { rounded } from "./chart.js";
import { absent, type Absent, type FigureSource, type Table } from "./contract.js";
import { bandwidthMbit, grid } from "./grid.js";

/** A metric at each point of the grid, as measured and as printed: one row a point. */
export function gridTable(run: FigureSource, metric: string): Table | Absent {
  const points = grid(run);
  const printed = printedValues(run.paper, metric);
  if (!points.some((point) => aggregate(point, metric))) {
    return absent(`no attested cell of the recording has ${metric}`);
  }
  return {
    kind: "table",
    columns: ["bandwidthMbit", "rttMs", metric, "halfWidth95", "n", "invalid", "failed", "printed", "ratio"],
    rows: points.map((point) => {
      const found = aggregate(point, metric);
      const value = printed.find(
        ({ bandwidthMbit: mbit, rttMs }) => mbit === bandwidthMbit(point) && rttMs === point.rttMs,
      )?.value;
      return [
        bandwidthMbit(point),
        point.rttMs,
        rounded(found?.mean),
        found === undefined || found.n < 2 ? null : rounded(found.halfWidth),
        found?.n ?? 0,
        point.invalid.length,
        point.failed.length,
        value ?? null,
        found === undefined || value === undefined ? null : rounded(found.mean / value),
      ];
    }),
  };
}
