import { aggregate, type GridPoint } from "../metric/aggregate.js";
import type { Metric } from "../metric/contract.js";
import { rounded } from "./chart.js";
import type { Table } from "./contract.js";
import { bandwidthMbit } from "./grid.js";

/** Every metric of every cell with its error bound: one row a cell, failed and invalid ones included. */
export function metricsTable(points: readonly GridPoint[], metrics: readonly Metric[]): Table {
  const cells = points.flatMap((point) =>
    [...point.ok, ...point.invalid, ...point.failed].sort((a, b) => a.record.repeat - b.record.repeat),
  );
  return {
    kind: "table",
    columns: [
      ...["cell", "experiment", "bandwidthMbit", "rttMs", "repeat", "status", "reasons"],
      ...metrics.flatMap(({ id }) => [id, `${id}ErrorBound`]),
    ],
    rows: cells.map(({ record, metrics: found }) => [
      record.id,
      record.experiment,
      record.parameters.wan.rateBps / 1e6,
      record.parameters.wan.rttMs,
      record.repeat,
      record.status,
      record.reasons.join("; "),
      ...metrics.flatMap(({ id }) => [rounded(found.get(id)?.value), rounded(found.get(id)?.errorBound)]),
    ]),
  };
}

/** Every metric at every grid point over its attested repetitions: one row a point and metric. */
export function summaryTable(points: readonly GridPoint[], metrics: readonly Metric[]): Table {
  return {
    kind: "table",
    columns: [
      "experiment",
      "bandwidthMbit",
      "rttMs",
      "metric",
      "unit",
      "n",
      "mean",
      "halfWidth",
      "halfWidthMethod",
    ],
    rows: points.flatMap((point) =>
      metrics.flatMap(({ id, unit }) => {
        const found = aggregate(point, id);
        if (found === undefined) return [];
        return [
          [
            point.experiment,
            bandwidthMbit(point),
            point.rttMs,
            id,
            unit,
            found.n,
            rounded(found.mean),
            rounded(found.halfWidth),
            found.n > 1 ? "95 % confidence, Student t" : "error bound of the metric",
          ],
        ];
      }),
    ),
  };
}
