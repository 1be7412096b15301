import { stringify } from "csv-stringify/sync";
import { settings } from "../metric/setting.js";
import type { Column } from "../record/column.js";
import type { Agreement } from "./agreement.js";
import type { ComparedSide, Comparison, MetricComparison } from "./comparison.js";

const text = (description: string) => ({ type: "string", description, optional: true }) as const;
const number = (description: string, unit?: string) =>
  ({ type: "number", ...(unit === undefined ? {} : { unit }), description, optional: true }) as const;
const count = (description: string) => ({ type: "integer", description, optional: true }) as const;

/** Columns of the CSV, the same for every comparison. What a row is stands in `kind`; docs/compare.md lists them. */
const columns = {
  kind: {
    type: "string",
    description: "What the row is; a field that its kind has no use for is empty",
    words: ["side", "point", "metric", "claim", "left out", "note"],
  },
  id: text("Id of the metric, claim or cell"),
  unit: text("Unit of the values in this row"),
  experiment: text("Name of the run's experiment"),
  setting: {
    type: "string",
    description: "What the point is a measurement of (docs/compare.md)",
    optional: true,
    words: settings,
  },
  bandwidthMbit: number("Rate of the link between the cloudlets as declared; empty: unshaped", "Mbit/s"),
  rttMs: number("Round-trip time added on this link as declared", "ms"),
  printed: number("What the thesis printed for this point"),
  run: number("The run's value, a mean over its attested cells"),
  runHalfWidth: number("Half-width of its error bar (docs/metrics.md)"),
  runN: count("How many attested cells it is the mean of"),
  reference: number("The value that it is compared with"),
  referenceHalfWidth: number("Half-width of the reference's error bar; empty: printed"),
  referenceN: count("How many attested cells the reference is the mean of; empty: printed"),
  ratio: number("run over reference"),
  relativeResidual: number("(run − reference) over reference"),
  n: count("How many points a metric was compared at"),
  meanAbsoluteRelativeError: number("Mean of the absolute relative residuals of a metric"),
  rankCorrelation: number("Spearman's rank correlation of a metric's points"),
  side: text("Which side a row is about"),
  against: text("Label of what a metric's points were compared with"),
  verdict: text("Whether a claim holds; status of a cell that is left out"),
  text: text("The row in words; of a point what tells it apart beside its link"),
} as const satisfies Record<string, Omit<Column, "name">>;

export const comparisonColumns: readonly Column[] = Object.entries(columns).map(([name, column]) => ({
  name,
  ...column,
}));

type Row = Partial<Record<keyof typeof columns, string | number | null>>;

const names = Object.keys(columns) as (keyof typeof columns)[];

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
        setting: point.run.setting,
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
        text: point.run.variant ?? null,
      })),
    ),
    ...metrics.flatMap(({ metric, agreement, besideThesis }) => [
      agreementRow(metric, agreement, run.label, reference.label),
      ...besideThesis.map((judged) => agreementRow(metric, judged.agreement, judged.side, "thesis")),
    ]),
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
    rows.map((row) => names.map((name) => field(row[name]))),
    // Text that a spreadsheet would run as a formula is made plain.
    { header: true, columns: names, escape_formulas: true },
  );
}

const agreementRow = (
  { id, unit, title }: MetricComparison["metric"],
  { n, meanAbsoluteRelativeError, rankCorrelation }: Agreement,
  label: string,
  against: string,
): Row => ({
  kind: "metric",
  id,
  unit,
  n,
  meanAbsoluteRelativeError,
  rankCorrelation,
  side: label,
  against,
  text: title,
});

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
