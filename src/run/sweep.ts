import type { Cell } from "../experiment/plan.js";
import { readWholeCells } from "../record/read.js";
import type { RecordWriter } from "../record/write.js";
import type { Session } from "../testbed/contract.js";
import type { MeasuredCell } from "./cell.js";
import type { Continuation } from "./continuation.js";
import { inOrder } from "./in-order.js";
import type { RunCounts } from "./progress.js";
import { Repetitions } from "./repetitions.js";
import { measureWithRetries } from "./retries.js";
import type { RunOptions } from "./options.js";
import type { Scenario } from "./scenario/contract.js";
import type { PointPrecision } from "./stop-rule.js";
import { expectedDurationS, type FinishedCell, secondsLeft } from "./time-left.js";

export interface Swept extends RunCounts {
  /** Whole cells in the record, those of an earlier part of the run among them. */
  readonly recorded: number;
  /** Where each point stands; empty without a stop rule. */
  readonly points: readonly PointPrecision[];
}

/**
 * Carries out the cells that are not recorded yet, as many at once as the testbed can take, until the last
 * or until the signal. They are written in the order of the plan. With a stop rule, repetitions are added
 * one by one, each once the one before it is recorded whole.
 */
export async function sweep(
  { kept, anew }: Pick<Continuation, "kept" | "anew">,
  session: Session,
  writer: RecordWriter,
  options: Pick<
    RunOptions,
    "located" | "testbed" | "scenarios" | "clock" | "signal" | "report" | "stopRule" | "retries"
  >,
): Promise<Swept> {
  const { located, testbed, scenarios, clock, signal, report, stopRule, retries } = options;
  const { concurrency = 1 } = testbed;
  const repetitions = new Repetitions(located.plan.cells, stopRule);
  const counts = { ok: 0, invalid: 0, failed: 0 };
  const finished: FinishedCell[] = [];
  const waiting = new Set<Cell>();
  let of = 0;
  let done = 0;

  const timeLeft = (cells: Iterable<Cell>): number =>
    secondsLeft(Array.from(cells, expectedDurationS), finished) / concurrency;
  const measure = async (cell: Cell): Promise<MeasuredCell & { readonly cell: Cell }> => {
    signal.throwIfAborted();
    report({
      type: "cell-started",
      cell: cell.id,
      secondsLeft: timeLeft(waiting),
      secondsLeftAtMost: timeLeft([...waiting, ...repetitions.possible]),
    });
    waiting.delete(cell);
    const measured = await measureWithRetries(cell, session, {
      // The same seed would give the same again.
      retries: testbed.kind === "simulation" ? 0 : retries,
      earlier: anew.get(cell.id) ?? [],
      report,
      keep: ({ record, series, captures }) => writer.writeAttempt(record, series, captures),
      scenario: scenarioOf(cell, scenarios),
      clock,
      signal,
      step: (step) => {
        report({ type: "cell-step", cell: cell.id, step });
      },
    });
    return { cell, ...measured };
  };
  const carryOut = async (cells: readonly Cell[]): Promise<void> => {
    for await (const { cell, record, series, captures } of inOrder(cells, concurrency, measure)) {
      await writer.writeCell(record, series, captures);
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
        done: ++done,
        of,
      });
    }
  };

  try {
    let block = repetitions.certain;
    while (block.length > 0) {
      const missing = block.filter(({ id }) => !kept.has(id));
      of += block.length;
      done += block.length - missing.length;
      for (const cell of missing) waiting.add(cell);
      await carryOut(missing);
      if (stopRule === undefined) break;
      // From the record and not from memory, where times are finer: a continued run must decide the same.
      for await (const cell of readWholeCells(
        writer.dir,
        block.map(({ id }) => id),
      )) {
        repetitions.add(cell);
      }
      block = repetitions.next();
      if (block.length > 0) {
        report({ type: "repetition-added", repeat: repetitions.repeat, cells: block.map(({ id }) => id) });
      }
    }
  } catch (error) {
    // Half a cell is no measurement: it is not recorded, and a continued run begins it anew.
    if (!signal.aborted || error !== signal.reason) throw error;
  }
  return {
    ...counts,
    remaining: of - done,
    recorded: writer.recorded,
    points: stopRule === undefined ? [] : repetitions.precision(),
  };
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
