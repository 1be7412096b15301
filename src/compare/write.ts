import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../record/atomic-file.js";
import type { Comparison } from "./comparison.js";
import { comparisonCsv } from "./csv.js";
import { markdown } from "./markdown.js";
import { reportOf } from "./report.js";

/** Folder of the comparison with the thesis, inside the run's folder. It can be removed and made again. */
const COMPARISON_FOLDER = "comparison";

/** Writes a run's comparison with the thesis into its folder, for reading and for programs; the paths. */
export async function writeComparison(comparison: Comparison, dir: string): Promise<string[]> {
  const folder = join(dir, COMPARISON_FOLDER);
  await mkdir(folder, { recursive: true });
  const files = [
    [join(folder, "thesis.md"), markdown(reportOf(comparison))],
    [join(folder, "thesis.csv"), comparisonCsv(comparison)],
  ] as const;
  for (const [path, content] of files) await writeFileAtomically(path, content);
  return files.map(([path]) => path);
}
