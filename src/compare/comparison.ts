import type { Metric } from "../metric/contract.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import type { Paper } from "../paper/paper.js";
import { type Agreement, agreementOf } from "./agreement.js";
import { type Claim, claims, judge } from "./claims.js";
import { type PointValue, pointName, samePoint } from "./point.js";
import { experimentPairs, runDifferences } from "./run-differences.js";
import { type Pair, pairUp } from "./residual.js";
import {
  type LeftOutCell,
  paperSide,
  type PrintedPoint,
  printedOf,
  type RunIdentity,
  runSide,
  type Side,
  toldApart,
} from "./side.js";
import type { Verdict } from "./trend.js";

/** What is compared, in this order: what the thesis is about. Each where both sides have it. */
const comparedMetrics = [
  "totalMigrationTimeS",
  "networkDowntimeMs",
  "hypervisorDowntimeMs",
  "applicationDowntimeMs",
  "meanRttDuringMigrationMs",
  "deltaRttMs",
  "throughputDuringMigrationMbit",
  "migrationGoodputMbit",
  "migrationAverageWindowKiB",
  "cloudletsBeforeMigrationMbit",
  "cloudletsDuringMigrationMbit",
  "cloudletsRttMs",
  "cloudletsThroughputMbit",
  "cloudletsEffectiveWindowKiB",
  "deviceRttMs",
  "deviceThroughputMbit",
];

/** A run beside its reference: the thesis, or another run. A plain value; every output is made of it. */
export interface Comparison {
  readonly run: ComparedSide;
  readonly reference: ComparedSide;
  readonly metrics: readonly MetricComparison[];
  readonly claims: readonly ClaimResult[];
  /** What else a reader must know: settings that differ, points that only one side has. */
  readonly notes: readonly string[];
}

export interface ComparedSide {
  readonly label: string;
  /** null: the thesis. */
  readonly run: RunIdentity | null;
  readonly leftOut: readonly LeftOutCell[];
}

export interface MetricComparison {
  readonly metric: Pick<Metric, "id" | "title" | "unit">;
  /** Where the thesis printed it; empty where it did not. */
  readonly places: readonly string[];
  readonly rows: readonly ComparedRow[];
  readonly agreement: Agreement;
  /** Of two runs with the thesis, each, where it printed the metric; empty where the thesis is the reference itself. */
  readonly besideThesis: readonly SideAgreement[];
}

export interface SideAgreement {
  /** Label of the run. */
  readonly side: string;
  readonly agreement: Agreement;
}

export interface ComparedRow extends Pair {
  /** What the thesis printed for this point. */
  readonly printed: number | null;
}

export interface ClaimResult extends Pick<Claim, "id" | "text" | "place" | "metric"> {
  /** By side; the thesis's own printed numbers first, where it printed any. */
  readonly verdicts: readonly (Verdict & { readonly side: string })[];
}

export interface NamedRun {
  readonly measured: MeasuredRun;
  /** Its folder. */
  readonly dir: string;
}

/** Compares a run with what the thesis printed. */
export function compareWithPaper(run: NamedRun, paper: Paper): Comparison {
  const side = runSide(run.measured, run.dir);
  const thesis = paperSide(paper);
  return comparison(side, thesis, side.thesisPoints, { paper, metrics: run.measured.metrics, notes: [] });
}

/** Compares a run with another one that is taken as the reference; the thesis's values stand beside both. */
export function compareRuns(run: NamedRun, reference: NamedRun, paper: Paper): Comparison {
  const [side, other] = toldApart(runSide(run.measured, run.dir), runSide(reference.measured, reference.dir));
  const notes = runDifferences(run.measured, reference.measured);
  const { metrics } = run.measured;
  // Under different names the link alone says what a point is.
  const nameless = experimentPairs(run.measured, reference.measured).some(([a, b]) => a.name !== b.name);
  const values = (metric: string) =>
    side.values(metric).map((value) => (nameless ? { ...value, experiment: null } : value));
  return comparison(side, other, values, { paper, metrics, notes });
}

interface Context {
  readonly paper: Paper;
  readonly metrics: readonly Metric[];
  readonly notes: readonly string[];
}

function comparison(
  side: Side,
  reference: Side,
  values: Side["values"],
  { paper, metrics, notes }: Context,
): Comparison {
  const thesis = paperSide(paper);
  const runs = reference.run === null ? [] : [side, reference];
  const compared = comparedMetrics.flatMap((id) => {
    const metric = metrics.find((candidate) => candidate.id === id);
    if (metric === undefined) throw new Error(`no metric ${id} in src/metric/catalog`);
    const pairs = pairUp(values(id), reference.values(id));
    if (pairs.length === 0) return [];
    const printed = printedOf(paper, id);
    return [{ ...metricComparison(metric, pairs, printed), besideThesis: besideThesis(runs, id, printed) }];
  });
  const judged = reference.run === null ? [thesis, side] : [thesis, side, reference];
  return {
    run: comparedSide(side),
    reference: comparedSide(reference),
    metrics: compared,
    claims: claims.map((claim) => ({
      id: claim.id,
      text: claim.text,
      place: claim.place,
      metric: claim.metric,
      verdicts: judged
        .map((one) => ({ side: one.label, isRun: one.run !== null, ...judge(claim, one) }))
        .flatMap(({ isRun, ...found }) => (isRun || found.verdict !== "not tested" ? [found] : [])),
    })),
    notes: [...notes, ...unpaired(side, reference, values)],
  };
}

const comparedSide = ({ label, run, leftOut }: Side): ComparedSide => ({ label, run, leftOut });

function metricComparison(
  { id, title, unit }: Metric,
  pairs: readonly Pair[],
  printed: readonly PrintedPoint[],
): Omit<MetricComparison, "besideThesis"> {
  const here = printed.filter((value) => pairs.some(({ run }) => samePoint(value, run)));
  return {
    metric: { id, title, unit },
    places: [...new Set(here.map(({ place }) => place))],
    rows: pairs.map((pair) => ({
      ...pair,
      printed: here.find((value) => samePoint(value, pair.run))?.value ?? null,
    })),
    agreement: agreementOf(pairs),
  };
}

function besideThesis(
  runs: readonly Side[],
  metric: string,
  printed: readonly PointValue[],
): SideAgreement[] {
  return runs.flatMap(({ label, thesisPoints }) => {
    const pairs = pairUp(thesisPoints(metric), printed);
    return pairs.length === 0 ? [] : [{ side: label, agreement: agreementOf(pairs) }];
  });
}

/** Points that only one side has a number for, by the first metric of all: without it nothing was measured. */
function unpaired(side: Side, reference: Side, values: Side["values"]): string[] {
  const [first = ""] = comparedMetrics;
  const only = (of: readonly PointValue[], not: readonly PointValue[]) =>
    of.filter((point) => !not.some((other) => samePoint(point, other)));
  const ours = only(values(first), reference.values(first));
  const theirs = only(reference.values(first), values(first));
  return [
    ...(ours.length > 0 ? [`Only in ${side.label}: ${pointNames(ours)}.`] : []),
    ...(theirs.length > 0 ? [`Only in ${reference.label}: ${pointNames(theirs)}.`] : []),
  ];
}

const MOST_NAMED = 6;

function pointNames(points: readonly PointValue[]): string {
  const names = points.map(pointName);
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
