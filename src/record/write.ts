import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { isPartial, syncFolder, writeFileAtomically, writeFileDurably } from "./atomic-file.js";
import { partialFolder, putInPlace, takeOut } from "./cell-folder.js";
import { LOCK_FILE } from "./folder-lock.js";
import { formatManifest, MANIFEST_FILE } from "./manifest.js";
import { type CapturedPackets, writeCaptures } from "./packet-capture.js";
import { readRunFile } from "./read.js";
import { readRecordFile } from "./record-file.js";
import { type CellRecord, cellRecordSchema, type RunRecord, runSchema } from "./schema.js";
import { encodeSeries, gzipDeterministically, seriesFileName, seriesNames, sha256 } from "./series-csv.js";
import type { RawSeries } from "./series.js";

type PointPrecision = NonNullable<RunRecord["stopRule"]>["points"][number];

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/**
 * Writes one run into its folder. A cell is there whole or not at all, whenever the process ends; the
 * record is finished when run.json names its end.
 */
export class RecordWriter {
  private constructor(
    readonly dir: string,
    private run: RunRecord,
    private readonly hashes: Map<string, string>,
    private readonly anew = new Set<string>(),
  ) {}

  /**
   * Begins the record of a run. The folder may be absent, empty, or hold the unfinished record of the
   * same run, which is then continued; what a crash left half-written in there goes. A finished one is opened again
   * for cells that are to be written anew. `run.cells` is kept by the
   * writer: whole cells in the order in which they were written.
   *
   * @param anew cells of the continued record that will be written again, in whatever state they are.
   *
   * Throws a Failure of kind "record" for a folder that holds anything else.
   */
  static async create(
    dir: string,
    run: RunRecord,
    anew: ReadonlySet<string> = new Set(),
  ): Promise<RecordWriter> {
    await mkdir(dir, { recursive: true });
    await removePartials(dir);
    const entries = (await readdir(dir)).filter((name) => name !== LOCK_FILE);
    if (!entries.includes("run.json")) {
      if (entries.length > 0) {
        throw refusal(dir, `holds ${entries[0] ?? ""}, which no run wrote`);
      }
      const begun = runSchema.parse({ ...run, cells: [], endedAt: null });
      await writeFileAtomically(join(dir, "run.json"), json(begun));
      return new RecordWriter(dir, begun, new Map());
    }
    const { run: found } = await readRunFile(dir);
    if (found.runId !== run.runId) throw refusal(dir, `holds another run, ${found.runId}`);
    if (found.endedAt !== null && anew.size === 0) {
      throw refusal(dir, `holds a finished record of run ${found.runId}`);
    }
    await removePartials(join(dir, "cells"));
    const kept = found.cells.filter((id) => !anew.has(id));
    const open = { ...found, endedAt: null };
    if (found.endedAt !== null) await writeFileAtomically(join(dir, "run.json"), json(open));
    await rm(join(dir, MANIFEST_FILE), { force: true });
    return new RecordWriter(dir, open, await rehashWholeCells(dir, kept), new Set(anew));
  }

  /** Adds one cell with its raw series. A series without rows gets no file; captures are taken from where they lie. */
  async writeCell(
    record: Omit<CellRecord, "series" | "captures">,
    series: RawSeries,
    captures: readonly CapturedPackets[] = [],
  ): Promise<void> {
    const folder = join(this.dir, "cells", record.id);
    if (this.run.cells.includes(record.id) && !this.anew.has(record.id)) {
      throw new Failure(`cell ${record.id} is already recorded`, {
        kind: "record",
        place: folder,
        mend: "give each cell of a run an id of its own",
      });
    }
    const partial = partialFolder(this.dir, record.id);
    const hashes = new Map<string, string>();
    const files: CellRecord["series"] = {};
    try {
      // With the folder of all cells, which is there from the first one on.
      await mkdir(partial, { recursive: true });
      for (const name of seriesNames) {
        const rows = series[name].length;
        if (rows === 0) continue;
        const file = seriesFileName(name);
        const content = gzipDeterministically(encodeSeries(name, series[name]));
        await writeFileDurably(join(partial, file), content);
        files[name] = { file, sha256: sha256(content), rows };
        hashes.set(`cells/${record.id}/${file}`, sha256(content));
      }
      const captured = await writeCaptures(partial, captures);
      for (const { file, sha256: hash } of captured) hashes.set(`cells/${record.id}/${file}`, hash);
      const content = json(
        cellRecordSchema.parse({
          ...record,
          series: files,
          ...(captured.length === 0 ? {} : { captures: captured }),
        }),
      );
      await writeFileDurably(join(partial, "cell.json"), content);
      hashes.set(`cells/${record.id}/cell.json`, sha256(content));
      await syncFolder(partial);
      await putInPlace(this.dir, record.id);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    this.withdraw(record.id);
    this.run = { ...this.run, cells: [...this.run.cells, record.id] };
    await writeFileAtomically(join(this.dir, "run.json"), json(this.run));
    this.anew.delete(record.id);
    for (const [path, hash] of hashes) this.hashes.set(path, hash);
    for (const { path } of captures) await rm(path, { force: true });
  }

  /** A cell that is about to be measured again. Whatever ends the run before, this is what it had come to. */
  async writeAttempt(...cell: Parameters<RecordWriter["writeCell"]>): Promise<void> {
    await this.writeCell(...cell);
    this.anew.add(cell[0].id);
  }

  /** How many cells are in the record as it stands. */
  get recorded(): number {
    return this.run.cells.length;
  }

  /** The record as it will be without a cell, of which the one written next may have other files. */
  private withdraw(id: string): void {
    this.run = { ...this.run, cells: this.run.cells.filter((each) => each !== id) };
    for (const path of this.hashes.keys()) if (path.startsWith(`cells/${id}/`)) this.hashes.delete(path);
  }

  /**
   * Closes the record: hashes of every file, then the end of the run as the last thing written.
   *
   * @param points where each point stood, in a run with a stop rule.
   */
  async finish(endedAt: string, points: readonly PointPrecision[] = []): Promise<void> {
    // Repetitions that the stop rule no longer asks for, now that those before them are there.
    for (const id of this.anew) {
      this.withdraw(id);
      await takeOut(this.dir, id);
      await writeFileAtomically(join(this.dir, "run.json"), json(this.run));
      await rm(partialFolder(this.dir, id), { recursive: true, force: true });
    }
    const { stopRule } = this.run;
    this.run = runSchema.parse({
      ...this.run,
      endedAt,
      ...(stopRule === undefined ? {} : { stopRule: { ...stopRule, points } }),
    });
    const content = json(this.run);
    const manifest = new Map(this.hashes).set("run.json", sha256(content));
    await writeFileAtomically(join(this.dir, MANIFEST_FILE), formatManifest(manifest));
    await writeFileAtomically(join(this.dir, "run.json"), content);
  }
}

/** What a writer that was killed had begun: it is in no record. */
async function removePartials(dir: string): Promise<void> {
  const left = (await readdir(dir).catch(() => [])).filter(isPartial);
  for (const name of left) await rm(join(dir, name), { recursive: true });
}

async function rehashWholeCells(dir: string, cells: readonly string[]): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const id of cells) {
    for (const file of await readdir(join(dir, "cells", id))) {
      hashes.set(`cells/${id}/${file}`, sha256(await readRecordFile(join(dir, "cells", id, file))));
    }
  }
  return hashes;
}

const refusal = (dir: string, message: string): Failure =>
  new Failure(`the folder ${message}`, {
    kind: "record",
    place: dir,
    mend: "name a new folder with --out; nothing in this one was changed",
  });
