import { setTimeout as sleep } from "node:timers/promises";
import { readPlan } from "../../src/experiment/read-plan.js";
import type { Cell } from "../../src/experiment/plan.js";
import type { Guest } from "../../src/guest/guest.js";
import { exec } from "../../src/host/process.js";
import type { CellRecord, InterfaceState, Provenance } from "../../src/record/schema.js";
import { measureCell } from "../../src/run/cell.js";
import type { Step } from "../../src/run/progress.js";
import { loadScenarios } from "../../src/run/scenarios.js";
import type { CellSession, Session } from "../../src/testbed/contract.js";
import { folders } from "../run/fixtures.js";

/** What is broken in a handover, when, and for how long. */
export interface Fault {
  /** In which step, and how long after its begin. */
  readonly step: Step;
  readonly afterMs: number;
  readonly inject: (target: Target) => Promise<void>;
  /** Where the links must be shaped for the fault to be possible. */
  readonly shaper?: Provenance["shaper"];
  /** What is asked for beside the shipped smoke cell. */
  readonly asked?: Partial<Pick<Cell, "guest" | "workload">>;
}

/** What a fault may lay hands on. */
export interface Target {
  readonly runId: string;
  /** All processes in the run's namespaces whose command line fits: a fault that finds none is no fault. */
  readonly find: (pattern: string) => Promise<number[]>;
  /** Sends them a signal. */
  readonly kill: (pattern: string, signal?: NodeJS.Signals) => Promise<void>;
  /** Until the QEMU at the source says this. */
  readonly said: (event: string) => Promise<void>;
  /** A command in one of the run's namespaces. */
  readonly inside: (machine: (typeof machines)[number], ...command: [string, ...string[]]) => Promise<string>;
}

export interface Outcome {
  readonly record: Pick<CellRecord, "status" | "reasons" | "migration" | "evidence">;
  /** VM3's interfaces by its own agent, when all was over; null: it did not answer. */
  readonly vm3: readonly InterfaceState[] | null;
}

/** The shipped smoke cell. */
export async function smokeCell(): Promise<Cell> {
  const request = { experiments: ["smoke"], profile: "modern", repeat: 1, seed: 3 };
  const { plan } = await readPlan(request, folders);
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error("smoke.yaml has no cell");
  return cell;
}

/** Carries a handover out and breaks something in the middle of it. */
export async function handoverWith(fault: Fault, session: Session, runId: string): Promise<Outcome> {
  const cell = { ...(await smokeCell()), ...fault.asked };
  const scenario = (await loadScenarios()).get(cell.scenario);
  if (scenario === undefined) throw new Error("there is no such scenario");
  const injected: Promise<void>[] = [];
  let source: Guest | undefined;
  const target = targetOf(
    runId,
    (event) =>
      new Promise((resolve) => {
        source?.qmp.onEvent(({ name }) => {
          if (name === event) resolve();
        });
      }),
  );
  let vm3: readonly InterfaceState[] | null = null;
  const witness = (begun: CellSession): CellSession => {
    ({ source } = (begun as unknown as { guests: { source: Guest } }).guests);
    const dispose = begun[Symbol.asyncDispose].bind(begun);
    return Object.assign(begun, {
      [Symbol.asyncDispose]: async () => {
        // Whatever the fault does over time must be over before the cell's machines are cleared up.
        await Promise.allSettled(injected);
        vm3 = await begun.interfaces().then(
          (rows) => rows.filter(({ vm }) => vm === "VM3"),
          () => null,
        );
        await dispose();
      },
    });
  };
  const { record } = await measureCell(
    cell,
    { begin: async (...given) => witness(await session.begin(...given)) },
    {
      scenario,
      clock: { now: () => new Date().toISOString(), monotonicMs: () => performance.now() },
      signal: new AbortController().signal,
      step: (step) => {
        if (step !== fault.step) return;
        const injecting = sleep(fault.afterMs).then(() => fault.inject(target));
        // A fault that could not be made is thrown below, once the cell is over.
        injecting.catch(() => undefined);
        injected.push(injecting);
      },
    },
  );
  if (injected.length === 0)
    throw new Error(`the cell never came to ${fault.step}: ${record.reasons.join("; ")}`);
  await Promise.all(injected);
  return { record, vm3 };
}

const machines = ["host", "vm1", "vm2", "vm4"] as const;

const pidsIn = (runId: string) => async (machine: (typeof machines)[number]) =>
  (await exec(["ip", "netns", "pids", `cloudlet-${runId}-${machine}`]))
    .split("\n")
    .filter(Boolean)
    .map(Number);

function targetOf(runId: string, said: Target["said"]): Target {
  const find: Target["find"] = async (pattern) => {
    const own = new Set((await Promise.all(machines.map(pidsIn(runId)))).flat());
    const found = (await exec(["pgrep", "-f", pattern])).split("\n").filter(Boolean).map(Number);
    const pids = found.filter((pid) => own.has(pid));
    if (pids.length === 0) throw new Error(`no process fits ${pattern}`);
    return pids;
  };
  return {
    runId,
    find,
    said,
    kill: async (pattern, signal = "SIGKILL") => {
      for (const pid of await find(pattern)) process.kill(pid, signal);
    },
    inside: (machine, ...command) =>
      exec(["ip", "netns", "exec", `cloudlet-${runId}-${machine}`, ...command]),
  };
}
