import { createHash } from "node:crypto";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect } from "vitest";
import { readRunFile } from "../../src/record/read.js";
import { machineState } from "../real/machine-state.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const harness = (...words: string[]) =>
  execa(process.execPath, [cloudlet, ...words], { reject: false, all: true });

/** What to run: two short cells on netns. */
export const twoCells = (seed: number): string[] => [
  fileURLToPath(new URL("two-cells.yaml", import.meta.url)),
  ...["--testbed", "netns", "--profile", "modern", "--repeat", "2", "--seed", String(seed)],
];

/** What a kill left, and what became of it. */
export interface Killed {
  /** When, from the start of the run, ms. */
  readonly atMs: number;
  /** Whether the run had come to its end before. */
  readonly tooLate: boolean;
  /** Cells that were whole by then. */
  readonly whole: number;
  /** Whether `down` found something to remove. */
  readonly leftBehind: boolean;
}

/**
 * Kills the harness in a run of two cells, clears up, goes on with the run, and holds that nothing is left on the
 * machine, that no finished cell has changed by a byte, and that the run ends well with both.
 *
 * @param words the run without its `--out`.
 */
export async function killAndResume(words: readonly string[], dir: string, atMs: number): Promise<Killed> {
  const before = await machineState();
  const run = harness("run", ...words, "--out", dir);
  const { pid } = run;
  const timer = setTimeout(() => {
    if (pid !== undefined) process.kill(pid, "SIGKILL");
  }, atMs);
  const { signal, all } = await run;
  clearTimeout(timer);
  if (signal === undefined) {
    return { atMs, tooLate: true, whole: 2, leftBehind: false };
  }
  expect(signal, all).toBe("SIGKILL");

  const finished = await cellHashes(dir);
  const down = await harness("down");
  expect(down.exitCode, down.all).toBe(0);
  expect(await settledMachineState(before), "after down").toEqual(before);

  const begun = await hasRun(dir);
  const resumed = begun
    ? await harness("run", "--resume", dir)
    : await harness("run", ...words, "--out", dir);
  expect(resumed.exitCode, resumed.all).toBe(0);
  expect(await settledMachineState(before), "after the run").toEqual(before);
  const { run: record } = await readRunFile(dir);
  expect(record.endedAt).not.toBeNull();
  expect(record.cells).toHaveLength(2);
  expect(await cellHashes(dir)).toMatchObject(finished);
  const verified = await harness("verify", dir);
  expect(verified.exitCode, verified.all).toBe(0);
  const hidden = (await readdir(dir, { recursive: true })).filter((path) => /(^|\/)\./.test(path));
  expect(hidden, "temporary files").toEqual([]);
  return {
    atMs,
    tooLate: false,
    whole: Object.keys(finished).length,
    leftBehind: down.stdout.includes("removed"),
  };
}

const hasRun = (dir: string): Promise<boolean> =>
  access(join(dir, "run.json")).then(
    () => true,
    () => false,
  );

/** Hash of everything in each cell that run.json names. */
async function cellHashes(dir: string): Promise<Record<string, string>> {
  if (!(await hasRun(dir))) return {};
  const { run } = await readRunFile(dir);
  const hashes = run.cells.map(async (id) => {
    const folder = join(dir, "cells", id);
    const hash = createHash("sha256");
    for (const name of (await readdir(folder)).sort())
      hash.update(name).update(await readFile(join(folder, name)));
    return [id, hash.digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

/** A program whose parent was killed a moment ago is still in the list of processes until init has buried it. */
async function settledMachineState(wanted: unknown): Promise<unknown> {
  let found = await machineState();
  for (let tries = 0; tries < 20 && JSON.stringify(found) !== JSON.stringify(wanted); tries++) {
    await sleep(100);
    found = await machineState();
  }
  return found;
}
