import { join } from "node:path";
import { readPlan, type PlanRequest } from "../experiment/read-plan.js";
import { loadMetrics } from "../metric/compute.js";
import type { RunRecord } from "../record/schema.js";
import type { Report } from "../run/progress.js";
import { carryOut, type RunOutcome } from "../run/run.js";
import { unfinishedRun } from "../run/run-folder.js";
import { loadScenarios } from "../run/scenarios.js";
import type { Testbed } from "../testbed/contract.js";
import type { Edge } from "./edge.js";
import { folders } from "./package-folder.js";
import { runId } from "./run-id.js";
import { type Repeat, stopRuleOf } from "./until-ci.js";

export interface RunRequest extends Omit<PlanRequest, "seed" | "repeat"> {
  readonly repeat: Repeat;
  readonly testbed: Testbed;
  readonly seed: number | undefined;
  readonly dir: string | undefined;
  readonly capturePackets?: boolean;
  /** Begins the name of a new folder; the names of the experiments where left out. */
  readonly title?: string;
  readonly software: RunRecord["software"];
}

export interface RunPlanOutcome extends RunOutcome {
  /** Folder of the record. */
  readonly dir: string;
}

/** Reads the plan and carries it out in a new folder, or goes on with the interrupted run that the folder holds. */
export async function runPlan(
  request: RunRequest,
  edge: Pick<Edge, "clock" | "randomSeed">,
  signal: AbortSignal,
  report: Report,
): Promise<RunPlanOutcome> {
  const { testbed, software, capturePackets = false } = request;
  const unfinished = request.dir === undefined ? undefined : await unfinishedRun(request.dir);
  const seed = request.seed ?? unfinished?.seed ?? edge.randomSeed();
  const { repeat } = request;
  const located = await readPlan({ ...request, seed, repeat: repeat.maxRepeat }, folders());
  const names = located.plan.experiments.map(({ name }) => name);
  const { title = names.join("-") } = request;
  const { clock } = edge;
  const dir = request.dir ?? join("runs", [title, testbed.name, stamp(clock.now())].join("-"));
  const outcome = await carryOut({
    located,
    testbed,
    scenarios: await loadScenarios(),
    stopRule: stopRuleOf(repeat, located.plan.experiments, await loadMetrics()),
    capturePackets,
    dir,
    runId: runId(edge.randomSeed()),
    software,
    clock,
    signal,
    report,
  });
  return { ...outcome, dir };
}

/** `2026-01-31T12:34:56.789Z` as a folder name that sorts: `20260131-123456`. */
export const stamp = (now: string): string => now.slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
