import type { Cell } from "../experiment/plan.js";
import type { Attempt } from "../record/schema.js";
import type { Session } from "../testbed/contract.js";
import { type CellDependencies, type MeasuredCell, measureCell } from "./cell.js";
import type { WaitingClock } from "./clock.js";
import type { Report } from "./progress.js";

/** Before the second attempt; each further pause is twice as long, up to the longest. */
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;

interface Retries extends CellDependencies {
  /** How often a cell that is not ok is measured again. */
  readonly retries: number;
  readonly clock: WaitingClock;
  /** Attempts of an earlier part of the run. */
  readonly earlier: readonly Attempt[];
  readonly report: Report;
  /** Writes an attempt down that is about to be repeated: a run that ends in the pause has not lost it. */
  readonly keep: (attempt: MeasuredCell) => Promise<void>;
}

/**
 * Carries out one cell, and once more after a growing pause while it is not ok. What each attempt came to stays in
 * the record, so that nobody has to believe that it was not picked. A migration that the experiment's writer outran is
 * a result, not an accident: it is not repeated until it happens to converge.
 *
 * @throws the signal's reason, and nothing else, once the signal is aborted and the cell is cleared up.
 */
export async function measureWithRetries(
  cell: Cell,
  session: Pick<Session, "begin">,
  { retries, earlier, report, keep, ...dependencies }: Retries,
): Promise<MeasuredCell> {
  const attempts = [...earlier];
  for (let pauses = 0; ; pauses++) {
    const measured = withEarlier(await measureCell(cell, session, dependencies), attempts);
    const { startedAt, durationS, status, reasons } = measured.record;
    if (status === "ok" || pauses === retries || writerOutran(cell, measured.record)) return measured;
    await keep(measured);
    attempts.push({ startedAt, durationS, status, reasons });
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS);
    report({ type: "cell-retried", cell: cell.id, status, reasons, pauseS: pauseMs / 1000 });
    await dependencies.clock.wait(pauseMs, dependencies.signal);
  }
}

/** Pre-copy did not end where the experiment has VM3 dirty its memory. */
const writerOutran = ({ workload }: Cell, { migration }: MeasuredCell["record"]): boolean =>
  (workload.writer?.rateMiBPerS ?? 0) > 0 && migration?.status === "cancelled";

const withEarlier = (measured: MeasuredCell, attempts: readonly Attempt[]): MeasuredCell =>
  attempts.length === 0 ? measured : { ...measured, record: { ...measured.record, earlier: [...attempts] } };
