import type { LocatedPlan } from "../experiment/read-plan.js";
import type { ClaimRequest } from "../host/claims.js";
import type { RunRecord } from "../record/schema.js";
import type { Testbed } from "../testbed/contract.js";
import type { WaitingClock } from "./clock.js";
import type { Report } from "./progress.js";
import type { Asked } from "./recorded-plan.js";
import type { Scenario } from "./scenario/contract.js";
import type { StopRule } from "./stop-rule.js";

/** A run: what to measure, where and how, and the edges of the program that it may touch. */
export interface RunOptions {
  readonly located: LocatedPlan;
  readonly testbed: Testbed;
  readonly scenarios: ReadonlyMap<string, Scenario>;
  /** Leaves out the repetitions beyond its minimum that a point does not need; without it, all are carried out. */
  readonly stopRule?: StopRule | undefined;
  /** Beside the plan, what it takes to go on with the run. */
  readonly asked: Asked;
  /** How often a cell that is not ok is measured again before the run goes on without it. */
  readonly retries: number;
  /** Where the record goes: a new or empty folder, or that of this same run when it was interrupted. */
  readonly dir: string;
  /** Names everything that a new run makes on the machine. */
  readonly runId: string;
  /** Holds what the run takes of this machine against other runs, or says who has it. */
  readonly claim: (request: Omit<ClaimRequest, "wait">) => Promise<AsyncDisposable>;
  readonly software: RunRecord["software"];
  readonly clock: WaitingClock;
  readonly signal: AbortSignal;
  readonly report: Report;
}
