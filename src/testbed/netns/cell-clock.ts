import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure.js";
import { monotonicMs, realtimeOffsetMs } from "../../host/wall-clock.js";

/** A step of the wall clock larger than this makes a cell's time stamps disagree by more than the probe's interval allows. */
const STEP_TOLERANCE_MS = 5;

/** How long to wait for something, and what to say when it does not come. */
interface Patience {
  readonly everyMs: number;
  readonly patienceMs: number;
  readonly otherwise: string;
}

/** Time within one cell, on the machine that observes and does not migrate. */
export class CellClock {
  private readonly startMs = monotonicMs();
  private readonly offsetMs = realtimeOffsetMs();

  constructor(private readonly signal: AbortSignal) {}

  get startedAt(): string {
    return new Date(this.epochUnixMs).toISOString();
  }

  /** Wall clock at `nowMs() === 0`. */
  get epochUnixMs(): number {
    return this.startMs + this.offsetMs;
  }

  nowMs(): number {
    return monotonicMs() - this.startMs;
  }

  /** @throws the signal's reason once it is aborted. */
  async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal }).catch(() => undefined);
    this.signal.throwIfAborted();
  }

  /**
   * Asks every `everyMs` until there is an answer.
   *
   * @throws Failure (cell) that says `otherwise` when there is none within `patienceMs`; the signal's reason once
   *   it is aborted.
   */
  async until<T>(ask: () => Promise<T | undefined> | T | undefined, wait: Patience): Promise<T> {
    const deadlineMs = this.nowMs() + wait.patienceMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (this.nowMs() > deadlineMs) throw new Failure(wait.otherwise, { kind: "cell" });
      await this.wait(wait.everyMs);
    }
  }

  /**
   * @throws Failure (cell) when the wall clock was stepped since the cell began.
   */
  assertNotStepped(): void {
    const stepMs = realtimeOffsetMs() - this.offsetMs;
    if (Math.abs(stepMs) <= STEP_TOLERANCE_MS) return;
    throw new Failure(`the machine's clock was stepped by ${stepMs.toFixed(0)} ms during the cell`, {
      kind: "cell",
      mend: "stop whatever sets the clock (ntpd, chronyd, VM tools) for the time of the run, then run the cell again",
    });
  }
}
