import { mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { loadCatalog } from "../catalog.js";
import { Failure } from "../failure.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { loadPaper } from "../paper/paper.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import type { DerivedFile } from "../record/derived-file.js";
import { inLockedFolder } from "../record/folder-lock.js";
import type { Derivation, Skipped } from "./contract.js";
import { DATA_PACKAGE_FILE, dataPackage, seriesFiles } from "./data-package.js";

export interface Derived {
  /** By path. */
  readonly files: readonly DerivedFile[];
  readonly skipped: readonly Skipped[];
}

/**
 * Everything that is made of a record, in memory: what each file of src/derived/catalog/ derives, and then
 * the data package that describes it together with the raw series.
 */
export async function derive(measured: MeasuredRun, dir: string): Promise<Derived> {
  const paper = await loadPaper();
  const files: DerivedFile[] = [];
  const skipped: Skipped[] = [];
  for (const derivation of await loadDerivations()) {
    const made = await derivation.derive({ measured, dir, paper });
    files.push(...made.files);
    skipped.push(...made.skipped);
  }
  const series = await Promise.all(
    seriesFiles(measured).map(async (file) => ({ ...file, bytes: (await stat(join(dir, file.path))).size })),
  );
  files.push({ path: DATA_PACKAGE_FILE, content: dataPackage(measured, series, files) });
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), skipped };
}

/**
 * Writes them into the run's folder, over what stands there; their paths.
 *
 * @throws Failure (record), before anything is written, where a folder of a record from elsewhere is a link out of it;
 * Failure (environment) while another process writes there.
 */
export function writeDerived({ files }: Derived, dir: string): Promise<string[]> {
  return inLockedFolder(dir, async () => {
    const root = await realpath(dir);
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      await mkdir(join(dir, folder), { recursive: true });
      if ((await realpath(join(dir, folder))) === join(root, folder)) continue;
      throw new Failure("a link that leads out of the run's folder", {
        kind: "record",
        place: join(dir, folder),
        mend: "remove it; nothing was written",
      });
    }
    return await Promise.all(
      files.map(async ({ path, content }) => {
        await writeFileAtomically(join(dir, path), content);
        return join(dir, path);
      }),
    );
  });
}

async function loadDerivations(): Promise<Derivation[]> {
  const modules = await loadCatalog(new URL("catalog/", import.meta.url));
  return modules.map(({ derivation }) => derivation as Derivation);
}
