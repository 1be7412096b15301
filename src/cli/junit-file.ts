import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../failure.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import { readRunFile, readWholeCells } from "../record/read.js";
import type { CellRecord } from "../record/schema.js";
import type { RunEvent } from "../run/progress.js";
import { junitReport } from "./junit.js";

/** The test report that `--junit` asks for. Written when the run has ended, interrupted or not. */
export class JunitFile {
  private readonly planned = new Set<string>();

  private constructor(private readonly path: string) {}

  /** @throws Failure (usage), before hours are spent on a run, where no file can be. */
  static async at(path: string): Promise<JunitFile> {
    await mkdir(dirname(path), { recursive: true });
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !found.isFile()) {
      throw new Failure("not a regular file", {
        kind: "usage",
        place: `--junit ${path}`,
        mend: "name a file; one that is there is written over",
      });
    }
    return new JunitFile(path);
  }

  /** Learns from the run which cells there should be. */
  note(event: RunEvent): void {
    if (event.type !== "run-started" && event.type !== "repetition-added") return;
    for (const cell of event.cells) this.planned.add(cell);
  }

  /** Writes the report of the record that is in a folder. */
  async write(dir: string): Promise<void> {
    const { run } = await readRunFile(dir);
    const cells: CellRecord[] = [];
    for await (const { record } of readWholeCells(dir, run.cells)) cells.push(record);
    const notReached = [...this.planned].filter((id) => !run.cells.includes(id));
    await writeFileAtomically(this.path, junitReport({ run, cells, notReached }));
  }
}
