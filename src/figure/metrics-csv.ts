import { aggregate, type GridPoint } from "../metric/aggregate.js";
import type { Metric } from "../metric/contract.js";
import { rounded } from "./chart.js";
import type { Table } from "./contract.js";

/** Empty where the link is unshaped. */
const rateMbit = (rateBps: number | null): number | null => (rateBps === null ? null : rateBps / 1e6);

/** Every metric of every cell with its error bound: one row a cell, failed and invalid ones included. */
export function metricsTable(points: readonly GridPoint[], all: readonly Metric[]): Table {
  const cells = points.flatMap((point) =>
    [...point.ok, ...point.invalid, ...point.failed].sort((a, b) => a.record.repeat - b.record.repeat),
  );
  const metrics = all.filter(
    ({ scenarios }) =>
      scenarios === undefined || cells.some(({ record }) => scenarios.includes(record.scenario)),
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
      rateMbit(record.parameters.wan.rateBps),
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
  const cells = points.flatMap(({ ok, invalid, failed }) => [...ok, ...invalid, ...failed]);
  const walks = points.some(({ walk }) => walk !== undefined);
  const writers = points.some(({ writerMiBPerS }) => writerMiBPerS !== undefined);
  const known = new Set(cells.flatMap((cell) => [...cell.metrics.keys()]));
  return {
    kind: "table",
    columns: [
      "experiment",
      "bandwidthMbit",
      "rttMs",
      ...(writers ? ["writerMiBPerS"] : []),
      ...(walks ? ["mode", "gapS"] : []),
      "metric",
      "unit",
      ...["n", "invalid", "failed", "mean", "median", "halfWidth", "interval"],
    ],
    rows: points.flatMap((point) =>
      metrics.flatMap(({ id, unit, headlineOf }) => {
        const found = aggregate(point, id);
        // A point without one attested cell has its rows all the same: what is missing there shall be seen.
        const expected =
          known.has(id) || headlineOf?.some((scenario) => scenario === scenarioOf(point)) === true;
        if (found === undefined && (point.ok.length > 0 || !expected)) return [];
        return [
          [
            point.experiment,
            rateMbit(point.rateBps),
            point.rttMs,
            ...(writers ? [point.writerMiBPerS ?? null] : []),
            ...(walks ? [point.walk?.mode ?? null, point.walk?.gapS ?? null] : []),
            id,
            unit,
            found?.n ?? 0,
            point.invalid.length,
            point.failed.length,
            rounded(found?.mean),
            rounded(found?.median),
            rounded(found?.halfWidth),
            found?.interval ?? null,
          ],
        ];
      }),
    ),
  };
}

const scenarioOf = ({ ok, invalid, failed }: GridPoint) => [...ok, ...invalid, ...failed][0]?.record.scenario;
