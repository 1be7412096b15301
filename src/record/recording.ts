import type { CellRecord, RunRecord } from "./schema.js";
import type { RawSeries } from "./series.js";

/**
 * One cell without the samples of the 10 ms probe, which are ten times as many as all others together: what
 * a whole run can be held in memory of.
 */
export interface CellCurves {
  readonly record: CellRecord;
  readonly series: Omit<RawSeries, "probe">;
}

/** One cell as read back: its record and its raw series, whichever testbed made them. */
export interface CellRecording extends CellCurves {
  readonly series: RawSeries;
}

/** A run as read back from its folder, cell by cell. All metrics, figures and tables come from this and nothing else. */
export interface RecordedRun {
  readonly run: RunRecord;
  readonly cells: Iterable<CellRecording> | AsyncIterable<CellRecording>;
}

/** A whole run in memory. */
export interface Recording extends RecordedRun {
  readonly cells: readonly CellRecording[];
}
