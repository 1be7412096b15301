import type { Agreement } from "./agreement.js";
import type { ComparedRow, ComparedSide, Comparison, MetricComparison } from "./comparison.js";
import { linkName, type PointValue } from "./point.js";
import type { Pair } from "./residual.js";

/** A comparison laid out for a reader, before it is known on what: a terminal, or a Markdown file. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
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
      text: `Residual: (${run.label} − ${reference.label}) / ${reference.label}. ±: 95 % confidence of the mean (Student t), or the metric's own error bound where that is larger or n = 1. –: no share of a reference that can't be told from zero.`,
    },
    ...metrics.flatMap((metric) => metricBlocks(metric, comparison)),
    { kind: "heading", level: 2, text: `Residuals of ${run.label} against ${reference.label}` },
    agreementTable(metrics),
    ...besideThesisBlocks(comparison),
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
    columns: agreementColumns,
    rows: metrics.map(({ metric, agreement }) => [metric.id, ...agreementCells(agreement)]),
  };
}

/** The same of each of two runs against the thesis. */
function besideThesisBlocks({ run, reference, metrics }: Comparison): Block[] {
  return [run, reference].flatMap(({ label }): Block[] => {
    const rows = metrics.flatMap(({ metric, besideThesis }) =>
      besideThesis
        .filter(({ side }) => side === label)
        .map(({ agreement }) => [metric.id, ...agreementCells(agreement)]),
    );
    return rows.length === 0
      ? []
      : [
          { kind: "heading", level: 2, text: `Residuals of ${label} against thesis` },
          { kind: "table", columns: agreementColumns, rows },
        ];
  });
}

const agreementColumns = [
  left("metric"),
  right("points"),
  right("mean error"),
  left("best"),
  left("worst"),
  right("rank"),
];

const agreementCells = ({
  n,
  best,
  worst,
  meanAbsoluteRelativeError,
  rankCorrelation,
}: Agreement): string[] => [
  String(n),
  meanAbsoluteRelativeError === null ? ABSENT : `${(meanAbsoluteRelativeError * 100).toFixed(1)} %`,
  n > 1 ? residualAt(best) : ABSENT,
  residualAt(worst),
  rankCorrelation === null ? ABSENT : minus(rankCorrelation.toFixed(2)),
];

/** How many claims hold, side by side, the thesis first; those that could not be tested are not counted. */
export function claimTally({ run, reference, claims }: Comparison): string {
  const verdicts = claims
    .flatMap((claim) => claim.verdicts)
    .filter(({ verdict }) => verdict !== "not tested");
  return [...new Set(["thesis", run.label, reference.label])]
    .flatMap((side) => {
      const ofSide = verdicts.filter((verdict) => verdict.side === side);
      const holding = ofSide.filter(({ verdict }) => verdict === "holds").length;
      return ofSide.length === 0 ? [] : [`${side}: ${holding} of ${ofSide.length} claims hold`];
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

function metricBlocks(compared: MetricComparison, comparison: Comparison): Block[] {
  const { metric, places, rows } = compared;
  const text = `${metric.title}, ${metric.unit}${places.length === 0 ? "" : ` (${places.join("; ")})`}`;
  return [
    { kind: "heading", level: 2, text },
    ...(comparison.reference.run === null
      ? [besidePaperTable(rows, comparison)]
      : besideRunTables(rows, comparison)),
  ];
}

const LINK = "Mbit/s × ms";

function besidePaperTable(rows: readonly ComparedRow[], { run, reference }: Comparison): Table {
  const several = experimentsOf(rows).length > 1;
  const quantity = quantityOf(rows);
  return {
    kind: "table",
    columns: [
      ...(several ? [left("experiment")] : []),
      ...[LINK, reference.label, run.label, "ratio", "residual"].map(right),
    ],
    rows: rows.map((row) => [
      ...(several ? [row.run.experiment ?? ABSENT] : []),
      linkName(row.run),
      quantity(row.reference),
      quantity(row.run),
      share(row.ratio),
      residual(row),
    ]),
  };
}

/** A table an experiment; each run's share of what the thesis printed stands beside it. */
function besideRunTables(rows: readonly ComparedRow[], { run, reference }: Comparison): Block[] {
  const experiments = experimentsOf(rows);
  return experiments.flatMap((experiment): Block[] => {
    const own = rows.filter((row) => row.run.experiment === experiment);
    const quantity = quantityOf(own);
    const printed = own.some((row) => row.printed !== null);
    const ofPrinted = ({ value }: PointValue, { printed: found }: ComparedRow) =>
      printed ? [share(found === null ? null : value / found)] : [];
    return [
      ...(experiments.length > 1 && experiment !== null
        ? [{ kind: "heading" as const, level: 3 as const, text: experiment }]
        : []),
      {
        kind: "table",
        columns: [
          LINK,
          ...(printed ? ["thesis"] : []),
          ...[reference.label, run.label].flatMap((label) => (printed ? [label, "/ thesis"] : [label])),
          "ratio",
          "residual",
        ].map(right),
        rows: own.map((row) => [
          linkName(row.run),
          ...(printed ? [row.printed === null ? ABSENT : fixed(row.printed, decimalsFor(own))] : []),
          quantity(row.reference),
          ...ofPrinted(row.reference, row),
          quantity(row.run),
          ...ofPrinted(row.run, row),
          share(row.ratio),
          residual(row),
        ]),
      },
    ];
  });
}

const experimentsOf = (rows: readonly ComparedRow[]): (string | null)[] => [
  ...new Set(rows.map((row) => row.run.experiment)),
];

/** A value with its error, and with n where any n of the metric is above 1. */
function quantityOf(rows: readonly ComparedRow[]): (point: PointValue) => string {
  const decimals = decimalsFor(rows);
  const counted = rows.some((row) => Math.max(row.run.n ?? 1, row.reference.n ?? 1) > 1);
  return ({ value, halfWidth, n }) =>
    `${fixed(value, decimals)}${n === null ? "" : ` ± ${fixed(halfWidth, decimals)}`}${counted && n !== null ? ` (n=${n})` : ""}`;
}

const share = (ratio: number | null): string => (ratio === null ? ABSENT : fixed(ratio, 2));

/** Enough for three digits of most values of a metric: seconds keep hundredths, thousands of milliseconds none. */
function decimalsFor(rows: readonly ComparedRow[]): number {
  const most = Math.max(
    ...rows.flatMap((row) => [row.run.value, row.reference.value, row.printed ?? 0].map(Math.abs)),
  );
  return most >= 1000 ? 0 : most >= 100 ? 1 : most >= 1 ? 2 : 3;
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
  pair === null ? ABSENT : `${residual(pair)} at ${linkName(pair.run).replaceAll(" ", "")}`;
