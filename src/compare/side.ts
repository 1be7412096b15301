import { aggregate, type GridPoint, widestExperiment } from "../metric/aggregate.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { type Paper, printedValues } from "../paper/paper.js";
import type { CellRecord, RunRecord } from "../record/schema.js";

/** A number at a point of the bandwidth × RTT plane, in the metric's unit. */
export interface PointValue {
  /** null: printed in the thesis, which has one grid. */
  readonly experiment: string | null;
  readonly bandwidthMbit: number;
  /** Added between the cloudlets. */
  readonly rttMs: number;
  readonly value: number;
  /** Half-width of its error bar (docs/metrics.md); 0 for a printed value, which has none. */
  readonly halfWidth: number;
  /** How many attested cells it is the mean of; null for a printed value. */
  readonly n: number | null;
}

/** What a run says of itself beside another. */
export interface RunIdentity {
  readonly dir: string;
  readonly runId: string;
  readonly testbed: string;
  readonly simulated: boolean;
  readonly profile: string;
  readonly seed: number;
  readonly startedAt: string;
}

/** A cell that no number here comes from. */
export interface LeftOutCell {
  readonly cell: string;
  readonly status: Exclude<CellRecord["status"], "ok">;
  readonly reasons: readonly string[];
}

/** One of the things compared: a run, or the thesis. */
export interface Side {
  /** Names it in headings: `sim (simulated)`. */
  readonly label: string;
  /** null: the thesis. */
  readonly run: RunIdentity | null;
  readonly leftOut: readonly LeftOutCell[];
  /** A metric at every point of every experiment. */
  readonly values: (metric: string) => readonly PointValue[];
  /** A metric over the one experiment that spans the plane: what the thesis's tables and claims are about. */
  readonly grid: (metric: string) => readonly PointValue[];
}

export function paperSide(paper: Paper): Side {
  const values = (metric: string) =>
    printedValues(paper, metric).map(({ bandwidthMbit, rttMs, value }) => ({
      experiment: null,
      bandwidthMbit,
      rttMs,
      value,
      halfWidth: 0,
      n: null,
    }));
  return { label: "thesis", run: null, leftOut: [], values, grid: values };
}

/** Each point is the mean over its attested repetitions; invalid and failed cells enter nothing. */
export function runSide({ run, cells, points }: MeasuredRun, dir: string): Side {
  const over = (some: readonly GridPoint[]) => (metric: string) =>
    some.flatMap((point) => {
      const found = aggregate(point, metric);
      if (found === undefined) return [];
      const { experiment, rttMs } = point;
      const { mean: value, halfWidth, n } = found;
      return [{ experiment, bandwidthMbit: point.rateBps / 1e6, rttMs, value, halfWidth, n }];
    });
  const identity = identityOf(run, dir);
  return {
    label: labelOf(identity.testbed, identity),
    run: identity,
    leftOut: cells
      .flatMap(({ record: { id, status, reasons } }) =>
        status === "ok" ? [] : [{ cell: id, status, reasons }],
      )
      .sort((a, b) => (a.cell < b.cell ? -1 : 1)),
    values: over(points),
    grid: over(widestExperiment(points)),
  };
}

const labelOf = (name: string, { simulated }: RunIdentity): string =>
  simulated ? `${name} (simulated)` : name;

function identityOf(run: RunRecord, dir: string): RunIdentity {
  return {
    dir,
    runId: run.runId,
    testbed: run.testbed.name,
    simulated: run.testbed.kind === "simulation",
    profile: run.profile.name,
    seed: run.seed,
    startedAt: run.startedAt,
  };
}

/** Two runs of one testbed are named by their profiles instead, or else by their ids. */
export function toldApart(first: Side, second: Side): readonly [Side, Side] {
  if (first.label !== second.label || first.run === null || second.run === null) return [first, second];
  const key = first.run.profile === second.run.profile ? "runId" : "profile";
  const named = (side: Side, run: RunIdentity): Side => ({ ...side, label: labelOf(run[key], run) });
  return [named(first, first.run), named(second, second.run)];
}
