import {
  aggregate,
  type GridPoint,
  unshapedPoint,
  variantOf,
  widestExperiment,
} from "../metric/aggregate.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { settings } from "../metric/setting.js";
import { type Paper, printedPoints } from "../paper/paper.js";
import type { CellRecord, RunRecord } from "../record/schema.js";
import type { PointValue } from "./point.js";

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
  /**
   * The same of what the thesis's tables and claims are about, once a point: in each setting the experiment that
   * covers most of the bandwidth × RTT plane, and the first over the unshaped link.
   */
  readonly thesisPoints: (metric: string) => readonly PointValue[];
}

/** What the thesis printed, as a point beside those of runs. */
export interface PrintedPoint extends PointValue {
  readonly place: string;
}

/** Every number that the thesis printed for a metric. */
export const printedOf = (paper: Paper, metric: string): PrintedPoint[] =>
  printedPoints(paper, metric).map((printed) => ({ ...printed, experiment: null, halfWidth: 0, n: null }));

export function paperSide(paper: Paper): Side {
  const values = (metric: string) => printedOf(paper, metric);
  return { label: "thesis", run: null, leftOut: [], values, thesisPoints: values };
}

/** Each point is the mean over its attested repetitions; invalid and failed cells enter nothing. */
export function runSide({ run, cells, points }: MeasuredRun, dir: string): Side {
  const over = (some: readonly GridPoint[]) => (metric: string) =>
    some.flatMap((point) => {
      const found = aggregate(point, metric);
      if (found === undefined) return [];
      const { experiment, setting, rateBps, rttMs } = point;
      const { mean: value, halfWidth, n } = found;
      const bandwidthMbit = rateBps === null ? null : rateBps / 1e6;
      return [{ experiment, setting, bandwidthMbit, rttMs, variant: variantOf(point), value, halfWidth, n }];
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
    thesisPoints: over(
      settings.flatMap((setting) => [
        ...[unshapedPoint(points, setting)].filter((point) => point !== undefined),
        ...widestExperiment(points, setting),
      ]),
    ),
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
