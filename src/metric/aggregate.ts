import { mean } from "simple-statistics";
import type { MeasuredCell } from "./compute.js";
import { confidenceHalfWidth } from "./student-t.js";

/** Cells of one experiment with the same parameters: repetitions of each other. */
export interface GridPoint {
  readonly experiment: string;
  /** Rate of the link between the cloudlets, bit/s. */
  readonly rateBps: number;
  /** Round-trip delay that this link adds, ms. */
  readonly rttMs: number;
  readonly ok: readonly MeasuredCell[];
  readonly invalid: readonly MeasuredCell[];
  readonly failed: readonly MeasuredCell[];
}

/** A metric over the repetitions of a grid point. */
export interface Aggregate {
  readonly mean: number;
  /** How many attested cells it is the mean of. */
  readonly n: number;
  /** n ≥ 2: half of the 95 % confidence interval of the mean, Student t. n = 1: the metric's own error bound. */
  readonly halfWidth: number;
}

/** Grid points by experiment in the given order, then falling rate, then rising RTT: not in the order in which cells were run. */
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
          rateBps: parameters.wan.rateBps,
          rttMs: parameters.wan.rttMs,
          ok: withStatus("ok"),
          invalid: withStatus("invalid"),
          failed: withStatus("failed"),
        },
      ];
    })
    .sort(
      (a, b) =>
        experiments.indexOf(a.experiment) - experiments.indexOf(b.experiment) ||
        b.rateBps - a.rateBps ||
        a.rttMs - b.rttMs,
    );
}

/** Points by experiment, in the order in which the experiments first occur. */
export function byExperiment(points: readonly GridPoint[]): GridPoint[][] {
  const experiments = [...new Set(points.map(({ experiment }) => experiment))];
  return experiments.map((name) => points.filter(({ experiment }) => experiment === name));
}

/** The points of the experiment that covers most of the bandwidth × RTT plane. */
export function widestExperiment(points: readonly GridPoint[]): readonly GridPoint[] {
  return byExperiment(points).reduce<readonly GridPoint[]>(
    (widest, candidate) => (candidate.length > widest.length ? candidate : widest),
    [],
  );
}

/** Over the attested cells of a grid point; undefined when none of them has the metric. */
export function aggregate(point: GridPoint, metricId: string): Aggregate | undefined {
  const estimates = point.ok
    .map(({ metrics }) => metrics.get(metricId))
    .filter((found) => found !== undefined);
  const [first] = estimates;
  if (first === undefined) return undefined;
  const values = estimates.map(({ value }) => value);
  return {
    mean: mean(values),
    n: values.length,
    halfWidth: confidenceHalfWidth(values) ?? first.errorBound,
  };
}
