import type { Comparison } from "../compare/comparison.js";
import type { Absent, Table } from "../figure/contract.js";
import type { SequenceDiagram } from "../figure/sequence/diagram.js";
import type { Chart } from "../figure/chart.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import type { CellRecording } from "../record/recording.js";
import type { Manifest } from "../record/manifest.js";

/** All that a report is made of; every section takes what it needs of it. */
export interface ReportSource {
  readonly measured: MeasuredRun;
  readonly figures: readonly DrawnFigure[];
  /** The run beside the thesis. */
  readonly comparison: Comparison;
  /** The cell whose course over time is shown; undefined where none came that far. */
  readonly shown: CellRecording | undefined;
  /** SHA-256 of every file of the record by its path, and that of this list itself. */
  readonly manifest: Manifest;
  readonly manifestSha256: string;
}

/** A figure or table of the catalog, made from this run. */
export interface DrawnFigure {
  readonly id: string;
  /** `Fig. 4.4  Network-layer downtime over RTT`. */
  readonly title: string;
  readonly content: DrawnChart | DrawnSequence | Table | Absent;
}

export interface DrawnSequence extends SequenceDiagram {
  /** The picture, an SVG document, but for the notes. */
  readonly svg: string;
  /** Layout pixels. */
  readonly width: number;
  readonly height: number;
}

export interface DrawnChart extends Chart {
  /** The picture as the renderer draws it, an SVG document, but for the notes: those are text beside it. */
  readonly svg: string;
}
