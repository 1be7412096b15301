import type { ComparedRow, ComparedSide, Comparison, MetricComparison } from "./comparison.js";
import type { Pair } from "./residual.js";
import type { PointValue } from "./side.js";

/** A comparison laid out for a reader, before it is known on what: a terminal, or a Markdown file. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | Table
  | { readonly kind: "claims"; readonly claims: Comparison["claims"] };

export interface Table {
  readonly kind: "table";
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

const right = (title: string): Column => ({ title, align: "right" });
const left = (title: string): Column => ({ title, align: "left" });

const ABSENT = "–";

/** All of a comparison: every point of every metric, then what it comes to. */
export function reportOf(comparison: Comparison): Block[] {
  const { run, reference, metrics, notes } = comparison;
  const leftOut = leftOutItems(comparison);
  return [
    {
      kind: "heading",
      level: 1,
      text: `${run.label} beside ${reference.label === "thesis" ? "the thesis" : reference.label}`,
    },
    { kind: "list", items: [run, reference].map((side) => sideInWords(side, reference)) },
    {
      kind: "paragraph",
      text: `Residual: (${run.label} − ${reference.label}) / ${reference.label}. ±: 95 % confidence of the mean (Student t) where n > 1, else the metric's own error bound. –: no share of a reference that can't be told from zero.`,
    },
    ...metrics.flatMap((metric) => metricBlocks(metric, comparison)),
    { kind: "heading", level: 2, text: `Residuals of ${run.label} against ${reference.label}` },
    agreementTable(metrics),
    { kind: "heading", level: 2, text: "What the thesis's text says" },
    { kind: "claims", claims: comparison.claims },
    { kind: "paragraph", text: `${claimTally(comparison)}.` },
    ...titled("Left out", leftOut),
    ...titled("Note", notes),
  ];
}

/**
 * One line a metric: mean absolute relative error, the smallest and the largest residual with bandwidth and
 * RTT of their points, and Spearman's rank correlation.
 */
export function agreementTable(metrics: readonly MetricComparison[]): Table {
  return {
    kind: "table",
    columns: [
      left("metric"),
      right("points"),
      right("mean error"),
      left("best"),
      left("worst"),
      right("rank"),
    ],
    rows: metrics.map(
      ({ metric, agreement: { n, best, worst, meanAbsoluteRelativeError, rankCorrelation } }) => [
        metric.id,
        String(n),
        meanAbsoluteRelativeError === null ? ABSENT : `${(meanAbsoluteRelativeError * 100).toFixed(1)} %`,
        n > 1 ? residualAt(best) : ABSENT,
        residualAt(worst),
        rankCorrelation === null ? ABSENT : minus(rankCorrelation.toFixed(2)),
      ],
    ),
  };
}

/** How many claims hold, side by side; those that could not be tested are not counted. */
export function claimTally({ claims }: Comparison): string {
  const verdicts = claims
    .flatMap((claim) => claim.verdicts)
    .filter(({ verdict }) => verdict !== "not tested");
  return [...new Set(verdicts.map(({ side }) => side))]
    .map((side) => {
      const ofSide = verdicts.filter((verdict) => verdict.side === side);
      const holding = ofSide.filter(({ verdict }) => verdict === "holds").length;
      return `${side}: ${holding} of ${ofSide.length} claims hold`;
    })
    .join("; ");
}

/** Cells that entered no number, with their reasons. */
export const leftOutItems = ({ run, reference }: Comparison): string[] =>
  [run, reference].flatMap(({ label, leftOut }) =>
    leftOut.map(({ cell, status, reasons }) => `${label}, ${cell}: ${status}: ${reasons.join("; ")}`),
  );

function titled(title: string, items: readonly string[]): Block[] {
  return items.length === 0
    ? []
    : [
        { kind: "heading", level: 2, text: title },
        { kind: "list", items },
      ];
}

/** Folders tell two runs apart; a file that is written into one of them names none. */
function sideInWords({ label, run }: ComparedSide, reference: ComparedSide): string {
  if (run === null) return `${label}: as printed, mistakes included (src/paper)`;
  return `${label}: run ${run.runId}, testbed ${run.testbed}, profile ${run.profile}, seed ${run.seed}, ${run.startedAt.slice(0, 10)}${reference.run === null ? "" : `, ${run.dir}`}`;
}

function metricBlocks({ metric, places, rows }: MetricComparison, { run, reference }: Comparison): Block[] {
  const text = `${metric.title}, ${metric.unit}${places.length === 0 ? "" : ` (${places.join("; ")})`}`;
  const several = new Set(rows.map((row) => row.run.experiment)).size > 1;
  const printed = reference.run !== null && rows.some((row) => row.printed !== null);
  const decimals = decimalsFor(rows);
  const counted = rows.some((row) => Math.max(row.run.n ?? 1, row.reference.n ?? 1) > 1);
  const quantity = ({ value, halfWidth, n }: PointValue) =>
    `${fixed(value, decimals)}${n === null ? "" : ` ± ${fixed(halfWidth, decimals)}`}${counted && n !== null ? ` (n=${n})` : ""}`;
  return [
    { kind: "heading", level: 2, text },
    {
      kind: "table",
      columns: [
        ...(several ? [left("experiment")] : []),
        ...[
          "Mbit/s",
          "RTT ms",
          ...(printed ? ["thesis"] : []),
          reference.label,
          run.label,
          "ratio",
          "residual",
        ].map(right),
      ],
      rows: rows.map((row) => [
        ...(several ? [row.run.experiment ?? ABSENT] : []),
        String(row.run.bandwidthMbit),
        String(row.run.rttMs),
        ...(printed ? [row.printed === null ? ABSENT : fixed(row.printed, decimals)] : []),
        quantity(row.reference),
        quantity(row.run),
        row.ratio === null ? ABSENT : fixed(row.ratio, 2),
        residual(row),
      ]),
    },
  ];
}

/** Enough for three digits of most values of a metric: seconds keep hundredths, thousands of milliseconds none. */
function decimalsFor(rows: readonly ComparedRow[]): number {
  const most = Math.max(...rows.flatMap((row) => [row.run.value, row.reference.value].map(Math.abs)));
  return most >= 1000 ? 0 : most >= 100 ? 1 : 2;
}

const fixed = (value: number, decimals: number): string => minus(value.toFixed(decimals));

/** A minus sign that is as wide as the plus. */
const minus = (text: string): string => text.replace(/^-/, "−");

function residual({ relativeResidual }: Pair): string {
  if (relativeResidual === null) return ABSENT;
  const percent = Math.abs(relativeResidual * 100);
  return `${relativeResidual < 0 ? "−" : "+"}${percent.toFixed(percent < 100 ? 1 : 0)} %`;
}

const residualAt = (pair: Pair | null): string =>
  pair === null ? ABSENT : `${residual(pair)} at ${pair.run.bandwidthMbit}×${pair.run.rttMs}`;
