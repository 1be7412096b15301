import type { Cell } from "../experiment/plan.js";
import type { LocatedPlan } from "../experiment/read-plan.js";
import { Failure } from "../failure.js";
import { RECORD_VERSION, type RunRecord } from "../record/schema.js";
import { RecordWriter } from "../record/write.js";
import type { Session, Testbed } from "../testbed/contract.js";
import { type MeasuredCell, measureCell } from "./cell.js";
import type { Clock } from "./clock.js";
import { inOrder } from "./in-order.js";
import type { Report, RunCounts } from "./progress.js";
import { demandReady } from "./readiness.js";
import { demandSameMachine, demandSameRun, removeEmptyRecord, unfinishedRun } from "./run-folder.js";
import type { Scenario } from "./scenario/contract.js";
import { expectedDurationS, type FinishedCell, secondsLeft } from "./time-left.js";

export interface RunOptions {
  readonly located: LocatedPlan;
  readonly testbed: Testbed;
  readonly scenarios: ReadonlyMap<string, Scenario>;
  /** Where the record goes: a new or empty folder, or that of this same run when it was interrupted. */
  readonly dir: string;
  /** Names everything that a new run makes on the machine. */
  readonly runId: string;
  readonly software: RunRecord["software"];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: Report;
}

export interface RunOutcome extends RunCounts {
  /** Whether the run was ended before its last cell. Its record then has no end, and can be continued. */
  readonly interrupted: boolean;
  /** Whole cells in the record, those of an earlier part of the run among them. */
  readonly recorded: number;
}

/**
 * Walks a plan over a testbed and writes the record, cell by cell. One cell's trouble does not end the run;
 * the signal does, once the current cell is cleared up.
 *
 * @throws Failure before anything is made when the testbed cannot carry the plan, lacks something, or the
 * folder is taken.
 */
export async function carryOut(options: RunOptions): Promise<RunOutcome> {
  const { located, testbed, dir, signal, report, clock } = options;
  const { plan } = located;
  refuseCells({ cells: plan.cells, placeOf: located.placeOf }, testbed);
  const unfinished = await unfinishedRun(dir);
  if (unfinished !== undefined) demandSameRun(dir, unfinished, located, testbed);
  await demandReady(testbed, signal);

  const runId = unfinished?.runId ?? options.runId;
  const note = (message: string) => {
    report({ type: "note", message });
  };
  const session = await testbed.open({ runId, seed: plan.seed, signal, note });
  try {
    const provenance = await session.provenance();
    if (unfinished !== undefined) demandSameMachine(dir, unfinished.provenance, provenance);
    const recorded = new Set(unfinished?.cells);
    const writer = await RecordWriter.create(dir, {
      schema: `cloudlet.run/${RECORD_VERSION}`,
      runId,
      startedAt: unfinished?.startedAt ?? clock.now(),
      endedAt: null,
      testbed: { name: testbed.name, kind: testbed.kind },
      profile: plan.profile,
      experiments: [...plan.experiments],
      seed: plan.seed,
      cells: [...recorded],
      software: options.software,
      provenance,
    });
    try {
      report({
        type: "run-started",
        runId,
        testbed: testbed.name,
        kind: testbed.kind,
        profile: plan.profile.name,
        seed: plan.seed,
        cells: plan.cells.map(({ id }) => id),
        recorded: [...recorded],
        dir,
      });
      const counts = await walk(recorded, session, writer, options);
      const interrupted = counts.remaining > 0;
      if (!interrupted) await writer.finish(clock.now());
      report({ type: "run-ended", dir, ...counts });
      return { ...counts, interrupted, recorded: plan.cells.length - counts.remaining };
    } finally {
      await removeEmptyRecord(dir);
    }
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

/** @throws Failure (usage) that lists each parameter which the testbed cannot carry, where it was written. */
export function refuseCells(
  { cells, placeOf }: { readonly cells: readonly Cell[] } & Pick<LocatedPlan, "placeOf">,
  testbed: Testbed,
): void {
  const failures = new Map<string, Failure>();
  for (const cell of cells) {
    const refusal = testbed.refuse(cell);
    if (refusal === undefined) continue;
    const failure = new Failure(`testbed ${testbed.name} cannot carry cell ${cell.id}: ${refusal.message}`, {
      kind: "usage",
      place: placeOf(cell, refusal.key),
      mend: refusal.mend,
    });
    // Repetitions and rows of a grid share their cause; one line is enough for each.
    const cause = `${failure.place ?? ""} ${refusal.message}`;
    if (!failures.has(cause)) failures.set(cause, failure);
  }
  const [first, ...rest] = failures.values();
  if (first !== undefined) throw Failure.join([first, ...rest]);
}

/**
 * Carries out the cells that are not recorded yet, as many at once as the testbed can take, until the last
 * or until the signal. They are written in the order of the plan.
 */
async function walk(
  recorded: ReadonlySet<string>,
  session: Session,
  writer: RecordWriter,
  { located, testbed, scenarios, clock, signal, report }: RunOptions,
): Promise<RunCounts> {
  const cells = located.plan.cells.filter(({ id }) => !recorded.has(id));
  const { concurrency = 1 } = testbed;
  const counts = { ok: 0, invalid: 0, failed: 0 };
  const finished: FinishedCell[] = [];
  const waiting = new Set(cells);
  const measure = async (cell: Cell): Promise<MeasuredCell & { readonly cell: Cell }> => {
    signal.throwIfAborted();
    const remainingS = Array.from(waiting, expectedDurationS);
    waiting.delete(cell);
    report({
      type: "cell-started",
      cell: cell.id,
      secondsLeft: secondsLeft(remainingS, finished) / concurrency,
    });
    const measured = await measureCell(cell, session, {
      scenario: scenarioOf(cell, scenarios),
      clock,
      signal,
      step: (step) => {
        report({ type: "cell-step", cell: cell.id, step });
      },
    });
    return { cell, ...measured };
  };
  try {
    for await (const { cell, record, series } of inOrder(cells, concurrency, measure)) {
      await writer.writeCell(record, series);
      counts[record.status]++;
      finished.push({ expectedS: expectedDurationS(cell), durationS: record.durationS });
      report({
        type: "cell-ended",
        cell: cell.id,
        status: record.status,
        reasons: record.reasons,
        durationS: record.durationS,
        overheadS: record.overheadS,
        migrationS: migrationS(record),
        done: recorded.size + finished.length,
        of: located.plan.cells.length,
      });
    }
  } catch (error) {
    // Half a cell is no measurement: it is not recorded, and a continued run begins it anew.
    if (!signal.aborted || error !== signal.reason) throw error;
  }
  return { ...counts, remaining: cells.length - finished.length };
}

function scenarioOf(cell: Cell, scenarios: ReadonlyMap<string, Scenario>): Scenario {
  const scenario = scenarios.get(cell.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${cell.scenario} in src/run/scenario`);
  return scenario;
}

function migrationS({ migration }: MeasuredCell["record"]): number | null {
  return migration?.status === "completed"
    ? (migration.commandEndMs - migration.commandStartMs) / 1000
    : null;
}
