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
}

/**
 * Carries out one cell, and once more after a growing pause while it is not ok. What each attempt came to stays in
 * the record, so that nobody has to believe that it was not picked.
 *
 * @throws the signal's reason, and nothing else, once the signal is aborted and the cell is cleared up.
 */
export async function measureWithRetries(
  cell: Cell,
  session: Pick<Session, "begin">,
  { retries, earlier, report, ...dependencies }: Retries,
): Promise<MeasuredCell> {
  const attempts = [...earlier];
  for (let pauses = 0; ; pauses++) {
    const measured = await measureCell(cell, session, dependencies);
    const { startedAt, durationS, status, reasons } = measured.record;
    if (status === "ok" || pauses === retries) {
      return attempts.length === 0
        ? measured
        : { ...measured, record: { ...measured.record, earlier: attempts } };
    }
    attempts.push({ startedAt, durationS, status, reasons });
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** pauses, LONGEST_PAUSE_MS);
    report({ type: "cell-retried", cell: cell.id, status, reasons, pauseS: pauseMs / 1000 });
    await dependencies.clock.wait(pauseMs, dependencies.signal);
  }
}
