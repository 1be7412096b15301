import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../failure.js";
import { isPartial } from "../record/atomic-file.js";
import { LOCK_FILE } from "../record/folder-lock.js";
import { readRunFile } from "../record/read.js";
import type { Provenance, RunRecord } from "../record/schema.js";
import { continuationOf } from "./continuation.js";
import type { RunOptions } from "./options.js";

/**
 * The run with cells left to measure that a folder holds, or undefined when the folder is absent or empty and a run can
 * begin there.
 *
 * @throws Failure (record) when it holds anything else: another experiment, a finished run, foreign files.
 */
export async function unfinishedRun(dir: string): Promise<RunRecord | undefined> {
  const entries = (await entriesOf(dir)).filter((name) => !isPartial(name) && name !== LOCK_FILE);
  if (entries.length === 0) return undefined;
  if (!entries.includes("run.json")) throw refusal(dir, `it holds ${entries[0] ?? ""}, which no run wrote`);
  const { run } = await readRunFile(dir);
  if (await isFinished(dir, run)) throw refusal(dir, "it holds a finished run");
  return run;
}

/** Whether a folder holds a run that has measured all it was to; what is derived of it may be missing. */
export async function holdsFinishedRun(dir: string): Promise<boolean> {
  if (!(await entriesOf(dir)).includes("run.json")) return false;
  return isFinished(dir, (await readRunFile(dir)).run);
}

/** One whose cells are all whole and ok. The others of a run that came to its end are left to be tried again. */
const isFinished = async (dir: string, run: RunRecord): Promise<boolean> =>
  run.endedAt !== null && (await continuationOf(dir, run)).anew.size === 0;

/** @throws Failure (record) unless the folder's run is the one now asked for. */
export function demandSameRun(
  dir: string,
  run: RunRecord,
  { located: { plan }, testbed, stopRule }: Pick<RunOptions, "located" | "testbed" | "stopRule">,
): void {
  const { points: _, ...declared } = run.stopRule ?? { points: [] };
  const differs = [
    ...(run.testbed.name === testbed.name ? [] : [`testbed ${run.testbed.name}`]),
    ...(isDeepStrictEqual(run.profile, plan.profile) ? [] : [`profile ${run.profile.name}`]),
    ...(isDeepStrictEqual(run.experiments, plan.experiments)
      ? []
      : [`experiments ${run.experiments.map(({ name }) => name).join(", ")}`]),
    ...(run.seed === plan.seed ? [] : [`seed ${run.seed}`]),
    ...(isDeepStrictEqual(declared, stopRule?.declared ?? {}) ? [] : [stopRuleInWords(run.stopRule)]),
  ];
  if (differs.length > 0) {
    throw refusal(dir, `it holds an interrupted run of other settings (${differs.join("; ")})`);
  }
}

const stopRuleInWords = (rule: RunRecord["stopRule"]): string =>
  rule === undefined
    ? "no --until-ci"
    : `--until-ci ${rule.relativeHalfWidth * 100}% --repeat ${rule.minRepeat} --max-repeat ${rule.maxRepeat}`;

/** @throws Failure (record) when the machine or its software changed since the run was interrupted. */
export function demandSameMachine(dir: string, before: Provenance, now: Provenance): void {
  const changed = (["versions", "machine", "accelerator", "shaper"] as const).filter(
    (key) => !isDeepStrictEqual(before[key], now[key]),
  );
  if (changed.length > 0) {
    throw refusal(dir, `its run was interrupted on a machine with other ${changed.join(", ")}`);
  }
}

/** @throws Failure (record) when another release or commit began the run: its record names one for all cells. */
export function demandSameSoftware(
  dir: string,
  before: RunRecord["software"],
  now: RunRecord["software"],
): void {
  if (isDeepStrictEqual(before, now)) return;
  const inWords = ({ version, commit }: RunRecord["software"]) =>
    `cloudlet ${version}${commit === null ? "" : `, commit ${commit}`}`;
  throw refusal(dir, `its run was begun by ${inWords(before)}; this is ${inWords(now)}`);
}

/** Removes the record of a run of which not one cell is whole. */
export async function removeEmptyRecord(dir: string): Promise<void> {
  const { run } = await readRunFile(dir);
  if (run.cells.length > 0) return;
  await rm(join(dir, "cells"), { recursive: true, force: true });
  await rm(join(dir, "run.json"), { force: true });
}

async function entriesOf(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") throw refusal(dir, "it is a file");
    throw cause;
  }
}

const refusal = (dir: string, message: string): Failure =>
  new Failure(`no run can be written here: ${message}`, {
    kind: "record",
    place: dir,
    mend: "name a new folder with --out",
  });
