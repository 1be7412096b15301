import { constants } from "node:fs";
import { mkdir, open, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { Failure } from "../failure.js";
import { identifyProcess, isAlive, type ProcessIdentity } from "../host/live-process.js";
import { readRecordFile } from "./record-file.js";

/** In a record's folder while a process writes there. A line of one that has ended counts for nothing. */
export const LOCK_FILE = ".lock";

const holderSchema = z.strictObject({ pid: z.int(), startTicks: z.int() });

/**
 * Works in a record's folder while no other process does. The folder is made where there is none, and goes again if it
 * stays empty. Processes are known by Linux's /proc; on a system without it, nobody is kept out.
 *
 * @throws Failure (environment) that names the living process at work there; Failure (record) where a file is in the way.
 */
export async function inLockedFolder<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const firstMade = await makeFolder(dir);
  const file = join(dir, LOCK_FILE);
  const self = await identifyProcess(process.pid);
  if (self !== undefined) await take(dir, file, self);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
    if (firstMade !== undefined) await removeEmpty(resolve(dir), resolve(firstMade));
  }
}

/** Of two that ask at the same time, the one whose line is the first in the lock has it. */
async function take(dir: string, file: string, self: ProcessIdentity): Promise<void> {
  let holder: ProcessIdentity | undefined;
  do {
    await append(file, self);
    holder = await firstAlive(file);
    // None: whoever had it took the lock away after our line was written.
  } while (holder === undefined);
  if (holder.pid === self.pid) return;
  throw new Failure(`process ${holder.pid} is at work on it`, {
    kind: "environment",
    place: dir,
    mend: "wait until it has ended",
  });
}

/** @throws Failure (record) for a lock in a stranger's record that is a link, a pipe or a device: it is not written to. */
async function append(path: string, holder: ProcessIdentity): Promise<void> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    await using file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
    if (!(await file.stat()).isFile()) throw notALock(path);
    // On a line of its own even after one that a crash cut short.
    await file.writeFile(`\n${JSON.stringify(holder)}\n`);
  } catch (error) {
    throw codeOf(error) === "ELOOP" || codeOf(error) === "ENXIO" ? notALock(path) : error;
  }
}

async function firstAlive(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readRecordFile(path).then(String, () => "");
  for (const line of text.split("\n")) {
    const holder = parseHolder(line);
    if (holder !== undefined && (await isAlive(holder))) return holder;
  }
  return undefined;
}

function parseHolder(line: string): ProcessIdentity | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The first folder that had to be made on the way. */
async function makeFolder(dir: string): Promise<string | undefined> {
  try {
    return await mkdir(dir, { recursive: true });
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST" && codeOf(cause) !== "ENOTDIR") throw cause;
    throw new Failure("no run can be written here: it is a file", {
      kind: "record",
      place: dir,
      mend: "name a new folder with --out",
      cause,
    });
  }
}

/** Removes a folder, and those above it up to `last`, as long as nothing is in them. */
async function removeEmpty(folder: string, last: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOTEMPTY" || codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (folder !== last) await removeEmpty(dirname(folder), last);
}

const notALock = (place: string): Failure =>
  new Failure("no run wrote this lock", { kind: "record", place, mend: "remove it" });

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
