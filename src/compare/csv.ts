import { stringify } from "csv-stringify/sync";
import type { ComparedSide, Comparison } from "./comparison.js";

/** Columns of the CSV, the same for every comparison. What a row is stands in `kind`; docs/compare.md lists them. */
const columns = [
  "kind",
  "id",
  "unit",
  "experiment",
  "bandwidthMbit",
  "rttMs",
  "printed",
  "run",
  "runHalfWidth",
  "runN",
  "reference",
  "referenceHalfWidth",
  "referenceN",
  "ratio",
  "relativeResidual",
  "n",
  "meanAbsoluteRelativeError",
  "rankCorrelation",
  "side",
  "verdict",
  "text",
] as const;

type Row = Partial<Record<(typeof columns)[number], string | number | null>>;

/** The whole comparison as one table: sides, points, metrics, claims, cells left out, notes, in this order. */
export function comparisonCsv({ run, reference, metrics, claims, notes }: Comparison): string {
  const rows: Row[] = [
    side("run", run),
    side("reference", reference),
    ...metrics.flatMap(({ metric: { id, unit }, rows: points }) =>
      points.map((point): Row => ({
        kind: "point",
        id,
        unit,
        experiment: point.run.experiment,
        bandwidthMbit: point.run.bandwidthMbit,
        rttMs: point.run.rttMs,
        printed: point.printed,
        run: point.run.value,
        runHalfWidth: point.run.halfWidth,
        runN: point.run.n,
        reference: point.reference.value,
        referenceHalfWidth: point.reference.n === null ? null : point.reference.halfWidth,
        referenceN: point.reference.n,
        ratio: point.ratio,
        relativeResidual: point.relativeResidual,
      })),
    ),
    ...metrics.map(({ metric: { id, unit, title }, agreement }): Row => ({
      kind: "metric",
      id,
      unit,
      n: agreement.n,
      meanAbsoluteRelativeError: agreement.meanAbsoluteRelativeError,
      rankCorrelation: agreement.rankCorrelation,
      text: title,
    })),
    ...claims.flatMap(({ id, text, place, verdicts }) =>
      verdicts.map(({ side: label, verdict, finding }): Row => ({
        kind: "claim",
        id,
        side: label,
        verdict,
        text: `${text} (${place}). ${finding}`,
      })),
    ),
    ...[run, reference].flatMap(({ label, leftOut }) =>
      leftOut.map(({ cell, status, reasons }): Row => ({
        kind: "left out",
        id: cell,
        side: label,
        verdict: status,
        text: reasons.join("; "),
      })),
    ),
    ...notes.map((text): Row => ({ kind: "note", text })),
  ];
  return stringify(
    rows.map((row) => columns.map((column) => field(row[column]))),
    // Text that a spreadsheet would run as a formula is made plain.
    { header: true, columns: [...columns], escape_formulas: true },
  );
}

const side = (id: string, { label, run }: ComparedSide): Row => ({
  kind: "side",
  id,
  side: label,
  text:
    run === null
      ? "printed in the thesis"
      : `run ${run.runId}, testbed ${run.testbed}${run.simulated ? " (simulated)" : ""}, profile ${run.profile}, seed ${run.seed}, started ${run.startedAt}`,
});

/** Nine significant digits: beyond any measurement here, and free of the last bits' noise. */
const field = (value: string | number | null | undefined): string | number | null =>
  typeof value === "number" ? Number(value.toPrecision(9)) : (value ?? null);
