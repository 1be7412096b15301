import type { MeasuredRun } from "../metric/measured-run.js";
import type { Paper } from "../paper/paper.js";
import type { Setting } from "../metric/setting.js";
import type { Chart } from "./chart.js";
import type { SequenceDiagram } from "./sequence/diagram.js";

/** All that a figure may draw from. */
export interface FigureSource extends MeasuredRun {
  readonly paper: Paper;
}

/** Rows for a CSV of their own; null is an empty field. */
export interface Table {
  readonly kind: "table";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** This recording has not what the figure needs. */
export interface Absent {
  readonly kind: "absent";
  readonly reason: string;
}

/**
 * One figure or table. Each file in src/figure/catalog/ that exports `figure`, or a family of them as
 * `figures`, is found by itself; it says what is drawn and leaves the drawing to the renderer.
 */
export interface Figure {
  /** Stem of its files: `fig-4-4`. */
  readonly id: string;
  /** What it is about: no run without cells of it has it. Absent: any. */
  readonly settings?: readonly Setting[];
  content(run: FigureSource): Chart | SequenceDiagram | Table | Absent;
}

export const absent = (reason: string): Absent => ({ kind: "absent", reason });
