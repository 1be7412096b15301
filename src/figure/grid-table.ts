import { aggregate } from "../metric/aggregate.js";
import { printedValues } from "../paper/paper.js";
import { besidePrinted, besidePrintedColumns } from "./beside-printed.js";
import { absent, type Absent, type FigureSource, type Table } from "./contract.js";
import { bandwidthMbit, grid, NO_GRID } from "./grid.js";

/** A metric at each point of the grid, as measured and as printed: one row a point. */
export function gridTable(run: FigureSource, metric: string): Table | Absent {
  const points = grid(run);
  const printed = printedValues(run.paper, metric);
  if (points.length === 0) return absent(NO_GRID);
  if (!points.some((point) => aggregate(point, metric))) {
    return absent(`no attested cell of the run has ${metric}`);
  }
  return {
    kind: "table",
    columns: ["bandwidthMbit", "rttMs", metric, ...besidePrintedColumns],
    rows: points.map((point) => {
      const value = printed.find(
        ({ bandwidthMbit: mbit, rttMs }) => mbit === bandwidthMbit(point) && rttMs === point.rttMs,
      )?.value;
      return [bandwidthMbit(point), point.rttMs, ...besidePrinted(point, metric, value)];
    }),
  };
}
