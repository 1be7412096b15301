import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { measureRun } from "../metric/measured-run.js";
import { type Manifest, MANIFEST_FILE } from "../record/manifest.js";
import { openRecording, readManifest, readRunFile, readWholeCells } from "../record/read.js";
import { readRecordFile } from "../record/record-file.js";
import type { RunRecord } from "../record/schema.js";
import { sha256 } from "../record/series-csv.js";
import { inconsistencies } from "../run/consistency.js";
import { derive } from "./derive.js";

/** A file that is not as the record says, or not as it comes out when it is made anew. */
export interface Difference {
  /** Relative to the run's folder, with forward slashes. */
  readonly path: string;
  readonly part: "record" | "derived";
  readonly kind: "missing" | "extra" | "changed" | "invalid";
  /** Why, in words. */
  readonly detail: string;
}

export interface Verification {
  /** How many files the record has, how many cells, and how many files are derived of it. */
  readonly recorded: number;
  readonly cells: number;
  /** null: not made anew, as the record itself is not whole. */
  readonly derived: number | null;
  /** By part and path; none: all is as it should be. */
  readonly differences: readonly Difference[];
}

/**
 * Checks a finished run's folder and writes nothing: hashes and schemas of the record, each attestation
 * against the measurements that it was made of, and every derived file against what the record gives now.
 *
 * @throws Failure (record) when no record of a finished run is there.
 */
export async function verify(dir: string): Promise<Verification> {
  const found = await filesIn(dir);
  const run = await finishedRun(dir, found);
  const manifest = await readManifest(dir).catch((error: unknown) => {
    if (error instanceof Failure) return undefined;
    throw error;
  });
  const recorded = new Map<string, Difference>();
  const add = (difference: Difference) => {
    // One line a file: a file whose hash is wrong may well not be valid either.
    if (!recorded.has(difference.path)) recorded.set(difference.path, difference);
  };

  for (const difference of await hashDifferences(dir, manifest, found)) add(difference);
  if (typeof run === "string") {
    add(recordDifference("run.json", "invalid", run));
  } else {
    for (const difference of strayCells(run, found)) add(difference);
    for (const id of run.cells) {
      for (const difference of await cellDifferences(dir, id)) add(difference);
    }
  }

  const whole = recorded.size === 0;
  const derived = whole ? await derivedDifferences(dir, found) : { files: null, differences: [] };
  return {
    recorded: manifest === undefined ? 0 : manifest.size + 1,
    cells: typeof run === "string" ? 0 : run.cells.length,
    derived: derived.files,
    differences: [...[...recorded.values()].sort(byPath), ...derived.differences],
  };
}

/** The run, or why run.json can't be read as one although a run wrote it. */
async function finishedRun(dir: string, found: ReadonlySet<string>): Promise<RunRecord | string> {
  try {
    const { run } = await readRunFile(dir);
    // Throws, and says how to go on with it.
    if (run.endedAt === null) await openRecording(dir);
    return run;
  } catch (error) {
    if (error instanceof Failure && found.has("run.json") && found.has(MANIFEST_FILE)) return error.message;
    throw error;
  }
}

async function hashDifferences(
  dir: string,
  manifest: Manifest | undefined,
  found: ReadonlySet<string>,
): Promise<Difference[]> {
  if (manifest === undefined) {
    return [
      found.has(MANIFEST_FILE)
        ? recordDifference(MANIFEST_FILE, "invalid", "not the list of hashes that the run wrote")
        : recordDifference(MANIFEST_FILE, "missing", "the list of the record's hashes"),
    ];
  }
  const differences: Difference[] = [];
  for (const [path, expected] of manifest) {
    if (!found.has(path)) {
      differences.push(recordDifference(path, "missing", `${MANIFEST_FILE} names it`));
      continue;
    }
    const content = await contentOf(join(dir, path));
    if (typeof content === "string") differences.push(recordDifference(path, "invalid", content));
    else if (sha256(content) !== expected) {
      differences.push(recordDifference(path, "changed", `its SHA-256 is not the one in ${MANIFEST_FILE}`));
    }
  }
  for (const path of found) {
    if (path.startsWith("cells/") && !manifest.has(path)) {
      differences.push(recordDifference(path, "extra", `${MANIFEST_FILE} does not name it`));
    }
  }
  return differences;
}

function strayCells(run: RunRecord, found: ReadonlySet<string>): Difference[] {
  return [...found].flatMap((path) => {
    const [folder, id = ""] = path.split("/");
    return folder === "cells" && !run.cells.includes(id)
      ? [recordDifference(path, "extra", "run.json does not name its cell")]
      : [];
  });
}

/** Schema, series, and whether the attestation says what its own measurements say. */
async function cellDifferences(dir: string, id: string): Promise<Difference[]> {
  const path = `cells/${id}/cell.json`;
  try {
    const { run } = await readRunFile(dir);
    const differences: Difference[] = [];
    for await (const { record } of readWholeCells(dir, [id])) {
      differences.push(
        ...inconsistencies(record, run).map((detail) => recordDifference(path, "invalid", detail)),
      );
    }
    return differences;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const file = error.place?.split(join(dir, "/")).at(-1)?.split(":")[0] ?? path;
    return [recordDifference(file, "invalid", error.message)];
  }
}

async function derivedDifferences(
  dir: string,
  found: ReadonlySet<string>,
): Promise<{ files: number; differences: Difference[] }> {
  const { files } = await derive(await measureRun(await openRecording(dir)), dir);
  const differences: Difference[] = [];
  for (const { path, content } of files) {
    if (!found.has(path)) {
      differences.push({ path, part: "derived", kind: "missing", detail: "the record gives it" });
      continue;
    }
    const there = await contentOf(join(dir, path));
    if (typeof there === "string") {
      differences.push({ path, part: "derived", kind: "invalid", detail: there });
    } else if (!there.equals(Buffer.from(content))) {
      differences.push({ path, part: "derived", kind: "changed", detail: "the record gives other bytes" });
    }
  }
  const known = new Set(files.map(({ path }) => path));
  for (const path of found) {
    if (path === "run.json" || path === MANIFEST_FILE || path.startsWith("cells/") || known.has(path))
      continue;
    differences.push({ path, part: "derived", kind: "extra", detail: "the record gives no such file" });
  }
  return { files: files.length, differences: differences.sort(byPath) };
}

/** A file's content, or why it has none that could be compared. */
async function contentOf(file: string): Promise<Buffer | string> {
  try {
    return await readRecordFile(file);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/** Every file in a folder and below, links among them. */
async function filesIn(dir: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const prefix = join(dir, "/");
  return new Set(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(prefix.length).replaceAll("\\", "/"))
      .sort(),
  );
}

const recordDifference = (path: string, kind: Difference["kind"], detail: string): Difference => ({
  path,
  part: "record",
  kind,
  detail,
});

const byPath = (a: Difference, b: Difference): number => (a.path < b.path ? -1 : 1);
