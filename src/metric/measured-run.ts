import type { Recording } from "../record/recording.js";
import type { RunRecord } from "../record/schema.js";
import { type GridPoint, gridPoints } from "./aggregate.js";
import { computeMetrics, loadMetrics, type MeasuredCell } from "./compute.js";
import type { Metric } from "./contract.js";

/** A run with every metric of every cell. */
export interface MeasuredRun {
  readonly run: RunRecord;
  readonly metrics: readonly Metric[];
  readonly cells: readonly MeasuredCell[];
  readonly points: readonly GridPoint[];
}

export async function measureRun({ run, cells: recorded }: Recording): Promise<MeasuredRun> {
  const metrics = await loadMetrics();
  const cells = recorded.map((cell) => computeMetrics(cell, metrics));
  const experiments = run.experiments.map(({ name }) => name);
  return { run, metrics, cells, points: gridPoints(cells, experiments) };
}
