import { mean, median } from "simple-statistics";
import { handoverModeSchema, type Walk } from "../experiment/schema.js";
import type { MeasuredCell } from "./compute.js";
import { type Setting, settingOf } from "./setting.js";
import { confidenceHalfWidth } from "./student-t.js";

/** Cells of one experiment with the same parameters: repetitions of each other. */
export interface GridPoint {
  readonly experiment: string;
  readonly setting: Setting;
  /** Rate of the link between the cloudlets, bit/s; null: unshaped. */
  readonly rateBps: number | null;
  /** Round-trip delay that this link adds, ms. */
  readonly rttMs: number;
  /** At which rate a process in VM3 wrote its memory, MiB/s, where one did. */
  readonly writerMiBPerS?: number | undefined;
  /** How the device moved, where it alone did. */
  readonly walk?: Walk | undefined;
  readonly ok: readonly MeasuredCell[];
  readonly invalid: readonly MeasuredCell[];
  readonly failed: readonly MeasuredCell[];
}

/** A metric over the repetitions of a grid point. */
export interface Aggregate {
  readonly mean: number;
  readonly median: number;
  /** How many attested cells it is the mean of. */
  readonly n: number;
  /**
   * Half of the 95 % confidence interval of the mean, Student t; where n = 1, or that is narrower than the metric's own error
   * bound, the bound: repetitions that agree more closely than each was measured are no proof of certainty.
   */
  readonly halfWidth: number;
  /** Which of the two. */
  readonly interval: "t95" | "bound";
}

/** Grid points by experiment in the given order, then falling rate, then rising RTT, then mode and gap of a walk: not in the order in which cells were run. */
export function gridPoints(cells: readonly MeasuredCell[], experiments: readonly string[]): GridPoint[] {
  const groups = new Map<string, MeasuredCell[]>();
  for (const cell of cells) {
    const { experiment, parameters } = cell.record;
    const key = JSON.stringify([experiment, parameters]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { experiment, parameters } = first.record;
      const byRepeat = group.toSorted((a, b) => a.record.repeat - b.record.repeat);
      const withStatus = (status: string) => byRepeat.filter(({ record }) => record.status === status);
      return [
        {
          experiment,
          setting: settingOf(first.record),
          rateBps: parameters.wan.rateBps,
          rttMs: parameters.wan.rttMs,
          writerMiBPerS: parameters.workload.writer?.rateMiBPerS,
          walk: parameters.walk,
          ok: withStatus("ok"),
          invalid: withStatus("invalid"),
          failed: withStatus("failed"),
        },
      ];
    })
    .sort(
      (a, b) =>
        experiments.indexOf(a.experiment) - experiments.indexOf(b.experiment) ||
        (b.rateBps ?? Infinity) - (a.rateBps ?? Infinity) ||
        a.rttMs - b.rttMs ||
        (a.writerMiBPerS ?? 0) - (b.writerMiBPerS ?? 0) ||
        byWalk(a.walk, b.walk),
    );
}

const modes = handoverModeSchema.options;

/** Modes in the thesis's order, then rising gap. */
function byWalk(a: Walk | undefined, b: Walk | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return modes.indexOf(a.mode) - modes.indexOf(b.mode) || a.gapS - b.gapS;
}

/** What tells a point apart from others of its experiment and link, for a reader: `full, gap 5 s`; undefined: nothing. */
export function variantOf({ writerMiBPerS, walk }: GridPoint): string | undefined {
  const words = [
    ...(writerMiBPerS === undefined ? [] : [`writer ${writerMiBPerS} MiB/s`]),
    ...(walk === undefined
      ? []
      : [walk.mode, walk.gapS < 0 ? `overlap ${-walk.gapS} s` : `gap ${walk.gapS} s`]),
  ];
  return words.length === 0 ? undefined : words.join(", ");
}

/** Points by experiment, in the order in which the experiments first occur. */
export function byExperiment<T extends GridPoint>(points: readonly T[]): T[][] {
  const experiments = [...new Set(points.map(({ experiment }) => experiment))];
  return experiments.map((name) => points.filter(({ experiment }) => experiment === name));
}

/** A point whose link between the cloudlets is limited: one of the bandwidth × RTT plane. */
export interface ShapedGridPoint extends GridPoint {
  readonly rateBps: number;
}

/** The points of the experiment of a setting that covers most of the bandwidth × RTT plane; none where none does. */
export function widestExperiment(points: readonly GridPoint[], setting: Setting): readonly ShapedGridPoint[] {
  const shaped = points.filter((point): point is ShapedGridPoint => point.rateBps !== null);
  return byExperiment(shaped.filter((point) => point.setting === setting)).reduce<readonly ShapedGridPoint[]>(
    (widest, candidate) => (candidate.length > widest.length ? candidate : widest),
    [],
  );
}

/** The point of a setting whose link is left as it is; of the first experiment that has one. */
export function unshapedPoint(points: readonly GridPoint[], setting: Setting): GridPoint | undefined {
  return points.find((point) => point.setting === setting && point.rateBps === null);
}

/** Over the attested cells of a grid point; undefined when none of them has the metric. */
export function aggregate(point: GridPoint, metricId: string): Aggregate | undefined {
  const estimates = point.ok
    .map(({ metrics }) => metrics.get(metricId))
    .filter((found) => found !== undefined);
  if (estimates.length === 0) return undefined;
  const values = estimates.map(({ value }) => value);
  const bound = mean(estimates.map(({ errorBound }) => errorBound));
  const halfWidth = confidenceHalfWidth(values) ?? 0;
  return {
    mean: mean(values),
    median: median(values),
    n: values.length,
    ...(halfWidth > bound ? { halfWidth, interval: "t95" } : { halfWidth: bound, interval: "bound" }),
  };
}
