import type { CellRecording } from "../record/recording.js";
import type { CellRecord } from "../record/schema.js";

/** A number with the bound on its error, both in the metric's unit. */
export interface Estimate {
  readonly value: number;
  /** Half-width: the true value lies within value ± errorBound, for the reason the metric's file states. */
  readonly errorBound: number;
}

/**
 * A pure function from one cell's recording to a number. Each file in src/metric/catalog/ that exports
 * `metric`, or a family of them as `metrics`, is found by itself; each becomes columns of metrics.csv.
 */
export interface Metric {
  /** Column name in metrics.csv, unit included: `networkDowntimeMs`. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Where it is defined: a thesis section, RFC, or QEMU document. */
  readonly source: string;
  /** Scenarios that it is about: a run without them has no columns for it. Absent: any. */
  readonly scenarios?: readonly CellRecord["scenario"][];
  /** Scenarios whose repetitions are judged by it (`--until-ci`); each scenario has one such metric. */
  readonly headlineOf?: readonly CellRecord["scenario"][];
  /** undefined: this cell has no such number (it failed, or lacks the series). */
  compute(cell: CellRecording): Estimate | undefined;
}
