import type { RecordedRun } from "../record/recording.js";
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

/** Takes one cell at a time, so that only one's probe samples are ever in memory. */
export async function measureRun({ run, cells: recorded }: RecordedRun): Promise<MeasuredRun> {
  const metrics = await loadMetrics();
  const cells: MeasuredCell[] = [];
  for await (const cell of recorded) cells.push(computeMetrics(cell, metrics));
  const experiments = run.experiments.map(({ name }) => name);
  return { run, metrics, cells, points: gridPoints(cells, experiments) };
}
