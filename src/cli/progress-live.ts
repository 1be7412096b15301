import type { Clock } from "../run/clock.js";
import type { Report } from "../run/progress.js";
import { durationInWords, timeLeftInWords } from "./duration.js";
import type { Output } from "./edge.js";
import { eventLines } from "./progress-lines.js";

const CLEAR_LINE = "\r\u001b[2K";

/** What a cell in progress is busy with, as the live line shows it. */
interface CurrentCell {
  readonly startMs: number;
  step: string;
}

/**
 * For a person at a terminal: finished cells stay as lines, and one line below them lives, with the step
 * of the cell that has been in progress longest, how many others are, and the time left.
 */
export class LiveProgress implements Disposable {
  /** By cell id, in the order in which they were begun. */
  readonly #current = new Map<string, CurrentCell>();
  #endMs = 0;
  #endMsAtMost = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly output: Output,
    private readonly clock: Clock,
  ) {
    this.#timer = setInterval(() => {
      this.#draw();
    }, 1000);
    // The display must never be what keeps the process alive.
    this.#timer.unref();
  }

  readonly report: Report = (event) => {
    if (event.type === "cell-started") {
      const startMs = this.clock.monotonicMs();
      this.#current.set(event.cell, { startMs, step: "" });
      this.#endMs = startMs + event.secondsLeft * 1000;
      this.#endMsAtMost = startMs + event.secondsLeftAtMost * 1000;
    } else if (event.type === "cell-step") {
      const current = this.#current.get(event.cell);
      if (current !== undefined) current.step = event.step;
    } else {
      if (event.type === "cell-ended") this.#current.delete(event.cell);
      if (event.type === "run-ended") this.#current.clear();
      const lines = eventLines(event);
      if (lines.length > 0) this.output.write(`${CLEAR_LINE}${lines.join("\n")}\n`);
    }
    this.#draw();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#current.size > 0) this.output.write(CLEAR_LINE);
  }

  #draw(): void {
    const [first] = this.#current;
    if (first === undefined) return;
    const [id, { step, startMs }] = first;
    const nowMs = this.clock.monotonicMs();
    const others = this.#current.size - 1;
    const line = [
      others === 0 ? id : `${id} and ${others} more`,
      ...(step === "" ? [] : [step]),
      durationInWords((nowMs - startMs) / 1000),
      timeLeftInWords(
        Math.max(0, (this.#endMs - nowMs) / 1000),
        Math.max(0, (this.#endMsAtMost - nowMs) / 1000),
      ),
    ].join(" · ");
    this.output.write(`${CLEAR_LINE}${line.slice(0, this.output.columns - 1)}`);
  }
}
