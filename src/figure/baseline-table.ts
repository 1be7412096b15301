import { aggregate, unshapedPoint } from "../metric/aggregate.js";
import type { Setting } from "../metric/setting.js";
import { printedPoints } from "../paper/paper.js";
import { besidePrinted, besidePrintedColumns } from "./beside-printed.js";
import type { FigureSource, Table } from "./contract.js";

/** A number over the unshaped link, thesis section 4.4. */
export interface BaselineRow {
  /** First column: which path, or what load. */
  readonly label: string;
  readonly setting: Setting;
  readonly metric: string;
}

/** Metrics over the unshaped link, as measured and as printed; undefined when no attested cell has any of them. */
export function baselineTable(
  run: FigureSource,
  labels: string,
  declared: readonly BaselineRow[],
): Table | undefined {
  const rows = declared.flatMap(({ label, setting, metric }) => {
    const point = unshapedPoint(run.points, setting);
    const unit = run.metrics.find(({ id }) => id === metric)?.unit ?? null;
    const printed = printedPoints(run.paper, metric).find(
      (value) => value.setting === setting && value.bandwidthMbit === null,
    );
    return point === undefined
      ? []
      : [
          {
            measured: aggregate(point, metric) !== undefined,
            row: [label, metric, unit, ...besidePrinted(point, metric, printed?.value)],
          },
        ];
  });
  if (!rows.some(({ measured }) => measured)) return undefined;
  return {
    kind: "table",
    columns: [labels, "metric", "unit", "mean", ...besidePrintedColumns],
    rows: rows.map(({ row }) => row),
  };
}
