import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Cell } from "../../experiment/plan.js";
import { select } from "../../experiment/selection.js";
import { writeFileAtomically } from "../../record/atomic-file.js";
import { openRecording, readCellRecording } from "../../record/read.js";
import type { RecordedRun } from "../../record/recording.js";
import { gzipDeterministically } from "../../record/series-csv.js";
import { flentDataFile } from "./data-file.js";

/** Where the files of a run go unless another folder is named: beside its own, which holds the record and what is derived of it. */
export const flentFolder = (dir: string): string => `${resolve(dir)}-flent`;

export interface FlentExport {
  readonly files: readonly string[];
  /** Cells without a series that flent could plot. */
  readonly skipped: readonly string[];
}

/**
 * Writes one flent data file a cell, `<cell id>.flent.gz`, for the whole run or the cells that `only` keeps.
 * The same record gives the same bytes.
 *
 * @throws Failure (record) when the record is damaged or not finished, (usage) when `only` fits no cell.
 */
export async function exportFlent(dir: string, out: string, only: string | undefined): Promise<FlentExport> {
  const recorded = await openRecording(dir);
  const { run } = recorded;
  const ids = only === undefined ? run.cells : await selectedIds(recorded, only);
  const files: string[] = [];
  const skipped: string[] = [];
  await mkdir(out, { recursive: true });
  for (const id of ids) {
    const name = `${id}.flent.gz`;
    const data = flentDataFile(run, await readCellRecording(dir, id), name);
    if (data === undefined) {
      skipped.push(id);
      continue;
    }
    const path = join(out, name);
    await writeFileAtomically(path, gzipDeterministically(JSON.stringify(data)));
    files.push(path);
  }
  return { files, skipped };
}

async function selectedIds({ cells }: RecordedRun, only: string): Promise<string[]> {
  const links: Pick<Cell, "id" | "wan">[] = [];
  for await (const { record } of cells) links.push({ id: record.id, wan: record.parameters.wan });
  return select(links, only).map(({ id }) => id);
}
