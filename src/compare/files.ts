import type { DerivedFile } from "../record/derived-file.js";
import type { Comparison } from "./comparison.js";
import { comparisonColumns, comparisonCsv } from "./csv.js";
import { markdown } from "./markdown.js";
import { reportOf } from "./report.js";

/** Folder of the comparison with the thesis, inside the run's folder. */
export const COMPARISON_FOLDER = "comparison";

/** A run's comparison with the thesis, for reading and for programs. */
export function comparisonFiles(comparison: Comparison): DerivedFile[] {
  return [
    { path: `${COMPARISON_FOLDER}/thesis.md`, content: markdown(reportOf(comparison)) },
    {
      path: `${COMPARISON_FOLDER}/thesis.csv`,
      content: comparisonCsv(comparison),
      table: {
        title: "The run beside the thesis: sides, points, metrics, claims",
        columns: comparisonColumns,
      },
    },
  ];
}
