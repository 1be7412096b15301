import { join } from "node:path";
import { readPlan, type PlanRequest } from "../experiment/read-plan.js";
import { loadMetrics } from "../metric/compute.js";
import type { RunRecord } from "../record/schema.js";
import type { Report } from "../run/progress.js";
import { recordedPlan } from "../run/recorded-plan.js";
import type { RunOptions } from "../run/options.js";
import { carryOut, type RunOutcome } from "../run/run.js";
import { unfinishedRun } from "../run/run-folder.js";
import { loadScenarios } from "../run/scenarios.js";
import type { Testbed } from "../testbed/contract.js";
import type { Edge } from "./edge.js";
import { folders } from "./package-folder.js";
import { runId } from "./run-id.js";
import { type Repeat, stopRuleOf } from "./until-ci.js";

/** How a run is carried out, whatever it carries out. */
interface Manner {
  readonly testbed: Testbed;
  /** How often a cell that is not ok is measured again. */
  readonly retries: number;
  readonly claim: RunOptions["claim"];
  readonly software: RunRecord["software"];
}

export interface RunRequest extends Manner, Omit<PlanRequest, "seed" | "repeat"> {
  readonly repeat: Repeat;
  /** Machines file, as it was named. */
  readonly machines?: string | undefined;
  readonly seed: number | undefined;
  readonly dir: string | undefined;
  readonly capturePackets?: boolean;
  /** Begins the name of a new folder; the names of the experiments where left out. */
  readonly title?: string;
}

/** An interrupted run, to go on with. */
export interface ResumeRequest extends Manner {
  readonly dir: string;
  readonly run: RunRecord;
}

export interface RunPlanOutcome extends RunOutcome {
  /** Folder of the record. */
  readonly dir: string;
}

/** Reads the plan and carries it out in a new folder, or goes on with the interrupted run that the folder holds. */
export async function runPlan(
  request: RunRequest,
  edge: PlanEdge,
  signal: AbortSignal,
  report: Report,
): Promise<RunPlanOutcome> {
  const { testbed, capturePackets = false } = request;
  const unfinished = request.dir === undefined ? undefined : await unfinishedRun(request.dir);
  const seed = request.seed ?? unfinished?.seed ?? edge.randomSeed();
  const { repeat } = request;
  const located = await readPlan({ ...request, seed, repeat: repeat.maxRepeat }, folders());
  const names = located.plan.experiments.map(({ name }) => name);
  const { title = names.join("-") } = request;
  const dir = request.dir ?? join("runs", [title, testbed.name, stamp(edge.clock.now())].join("-"));
  const asked = {
    only: request.only ?? null,
    repeat: repeat.maxRepeat,
    machines: request.machines ?? null,
    capturePackets,
  };
  return play({ ...request, located, asked, repeat, dir }, edge, signal, report);
}

/** Goes on with an interrupted run as its record says. */
export async function resumePlan(
  request: ResumeRequest,
  edge: PlanEdge,
  signal: AbortSignal,
  report: Report,
): Promise<RunPlanOutcome> {
  const { dir, run } = request;
  const { located, asked } = recordedPlan(dir, run);
  const repeat = run.stopRule ?? { minRepeat: asked.repeat, maxRepeat: asked.repeat };
  return play({ ...request, located, asked, repeat }, edge, signal, report);
}

type PlanEdge = Pick<Edge, "clock" | "randomSeed">;

interface Part extends Manner, Pick<RunOptions, "located" | "asked" | "dir"> {
  readonly repeat: Repeat;
}

async function play(
  { located, asked, dir, repeat, testbed, retries, claim, software }: Part,
  { clock, randomSeed }: PlanEdge,
  signal: AbortSignal,
  report: Report,
): Promise<RunPlanOutcome> {
  const outcome = await carryOut({
    located,
    testbed,
    asked,
    retries,
    claim,
    dir,
    software,
    scenarios: await loadScenarios(),
    stopRule: stopRuleOf(repeat, located.plan.experiments, await loadMetrics()),
    runId: runId(randomSeed()),
    clock,
    signal,
    report,
  });
  return { ...outcome, dir };
}

/** `2026-01-31T12:34:56.789Z` as a folder name that sorts: `20260131-123456`. */
export const stamp = (now: string): string => now.slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
