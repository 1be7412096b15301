import { access, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { Failure } from "../failure.js";
import { type Manifest, MANIFEST_FILE, parseManifest } from "./manifest.js";
import { readRecordFile, RESTORE, unpack } from "./record-file.js";
import type { CellRecording, RecordedRun, Recording } from "./recording.js";
import { type CellRecord, cellRecordSchema, RECORD_VERSION, type RunRecord, runSchema } from "./schema.js";
import { decodeSeries, sha256 } from "./series-csv.js";
import type { RawSeries, SeriesName } from "./series.js";

/**
 * Reads a finished record, and believes nothing that it has not checked: versions, schemas, the hash of
 * every file, the number of rows of every series.
 *
 * Throws a Failure of kind "record" that names the file when it is missing, truncated, edited, of
 * another version, or when the run never finished.
 */
export async function readRecording(dir: string): Promise<Recording> {
  const { run, cells: recorded } = await openRecording(dir);
  const cells: CellRecording[] = [];
  for await (const cell of recorded) cells.push(cell);
  return { run, cells };
}

/**
 * The same one cell at a time: what belongs to the whole run is checked now, and each cell when its turn
 * comes, where the failure is thrown then.
 */
export async function openRecording(dir: string): Promise<RecordedRun> {
  const { run, content } = await readRunFile(dir);
  if (run.endedAt === null) {
    throw new Failure(`the run never finished; ${run.cells.length} of its cells are whole`, {
      kind: "record",
      place: join(dir, "run.json"),
      mend: `go on with it: the same cloudlet run command with --out ${dir}`,
    });
  }
  const manifest = await readManifest(dir);
  checkHash(dir, "run.json", content, manifest);
  await checkFolders(dir, run);
  return { run, cells: readCells(dir, run, manifest) };
}

/** One cell of a finished record, checked as the whole is. Throws as readRecording does. */
export async function readCellRecording(dir: string, id: string): Promise<CellRecording> {
  const { run } = await readRunFile(dir);
  return await readCell(dir, id, run, await readManifest(dir));
}

/** These cells of a record that need not be finished, one at a time, each checked by its own hashes. */
export async function* readWholeCells(
  dir: string,
  ids: readonly string[],
): AsyncGenerator<CellRecording, void, undefined> {
  const { run } = await readRunFile(dir);
  for (const id of ids) yield await readCell(dir, id, run, undefined);
}

async function* readCells(dir: string, run: RunRecord, manifest: Manifest): AsyncGenerator<CellRecording> {
  for (const id of run.cells) yield await readCell(dir, id, run, manifest);
}

/** run.json alone, finished or not, with the bytes it was read from. */
export async function readRunFile(dir: string): Promise<{ run: RunRecord; content: Uint8Array }> {
  const file = join(dir, "run.json");
  await access(file).catch((cause: unknown) => {
    const isInside = basename(dir) === "run.json";
    throw new Failure("no record of a run is here", {
      kind: "record",
      place: isInside ? dir : file,
      mend: isInside ? `name its folder: ${dirname(dir)}` : "name the folder that `cloudlet run --out` wrote",
      cause,
    });
  });
  const content = await readRecordFile(file);
  return { run: parseRecord(file, content, "cloudlet.run", runSchema), content };
}

/** Hashes of every file of a finished record, as it states them. */
export async function readManifest(dir: string): Promise<Manifest> {
  const file = join(dir, MANIFEST_FILE);
  const manifest = parseManifest(new TextDecoder().decode(await readRecordFile(file)));
  if (manifest === undefined) {
    throw new Failure("not the list of hashes that the run wrote", {
      kind: "record",
      place: file,
      mend: RESTORE,
    });
  }
  return manifest;
}

/** A cell that run.json does not name would be left out without a word. */
async function checkFolders(dir: string, run: RunRecord): Promise<void> {
  const found = await readdir(join(dir, "cells")).catch(() => []);
  const foreign = found.find((name) => !run.cells.includes(name));
  if (foreign !== undefined) {
    throw new Failure("run.json does not name this cell", {
      kind: "record",
      place: join(dir, "cells", foreign),
      mend: "move it out of the record",
    });
  }
}

/** @param manifest undefined while the record is not finished. */
async function readCell(
  dir: string,
  id: string,
  run: RunRecord,
  manifest: Manifest | undefined,
): Promise<CellRecording> {
  const path = `cells/${id}/cell.json`;
  const file = join(dir, path);
  const content = await readRecordFile(file);
  const record = parseRecord(file, content, "cloudlet.cell", cellRecordSchema);
  if (manifest !== undefined) checkHash(dir, path, content, manifest);
  if (record.id !== id || !run.experiments.some(({ name }) => name === record.experiment)) {
    throw new Failure(`it is the record of cell ${record.id} of experiment ${record.experiment}`, {
      kind: "record",
      place: file,
      mend: RESTORE,
    });
  }
  for (const { file: name, sha256: hash } of record.captures ?? []) {
    const capture = `cells/${id}/${name}`;
    const bytes = await readRecordFile(join(dir, capture));
    checkHash(dir, capture, bytes, new Map([[capture, hash]]));
    if (manifest !== undefined) checkHash(dir, capture, bytes, manifest);
  }
  const [probe, ping, iperf, migration, subflow, signal, burst] = await Promise.all([
    readSeries(dir, record, "probe", manifest),
    readSeries(dir, record, "ping", manifest),
    readSeries(dir, record, "iperf", manifest),
    readSeries(dir, record, "migration", manifest),
    readSeries(dir, record, "subflow", manifest),
    readSeries(dir, record, "signal", manifest),
    readSeries(dir, record, "burst", manifest),
  ]);
  return { record, series: { probe, ping, iperf, migration, subflow, signal, burst } };
}

async function readSeries<S extends SeriesName>(
  dir: string,
  record: CellRecord,
  name: S,
  manifest: Manifest | undefined,
): Promise<RawSeries[S]> {
  const entry = record.series[name];
  if (entry === undefined) return [];
  const path = `cells/${record.id}/${entry.file}`;
  const file = join(dir, path);
  const content = await readRecordFile(file);
  checkHash(dir, path, content, new Map([[path, entry.sha256]]));
  if (manifest !== undefined) checkHash(dir, path, content, manifest);
  const csv = await unpack(content, file);
  const rows = decodeSeries(name, csv.toString("utf8"), file);
  if (rows.length !== entry.rows) {
    throw new Failure(`it has ${rows.length} rows where cell.json says ${entry.rows}`, {
      kind: "record",
      place: file,
      mend: RESTORE,
    });
  }
  return rows;
}

function checkHash(dir: string, path: string, content: Uint8Array, manifest: Manifest): void {
  const expected = manifest.get(path);
  if (expected === sha256(content)) return;
  throw new Failure(
    expected === undefined
      ? `${MANIFEST_FILE} does not name this file`
      : "truncated or edited: its SHA-256 is not the recorded one",
    { kind: "record", place: join(dir, path), mend: RESTORE },
  );
}

/** JSON, then version, then shape: the first of the three that fails is what the reader needs to know. */
function parseRecord<T extends z.ZodType>(
  file: string,
  content: Uint8Array,
  kind: string,
  schema: T,
): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    throw new Failure("truncated or edited: not valid JSON", {
      kind: "record",
      place: file,
      mend: RESTORE,
      cause,
    });
  }
  const version = z.object({ schema: z.string() }).safeParse(value).data?.schema ?? "no version at all";
  if (version !== `${kind}/${RECORD_VERSION}`) {
    throw new Failure(`its format is ${version}; this release reads ${kind}/${RECORD_VERSION}`, {
      kind: "record",
      place: file,
      mend: "read it with the release of cloudlet that wrote it, or run the experiment again",
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Failure(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a record"}`, {
    kind: "record",
    place: file,
    mend: RESTORE,
  });
}
