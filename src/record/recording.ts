import type { CellRecord, RunRecord } from "./schema.js";
import type { RawSeries } from "./series.js";

/** One cell as read back: its record and its raw series, whichever testbed made them. */
export interface CellRecording {
  readonly record: CellRecord;
  readonly series: RawSeries;
}

/** A whole run as read back from its folder. All metrics, figures and tables come from this and nothing else. */
export interface Recording {
  readonly run: RunRecord;
  readonly cells: readonly CellRecording[];
}
