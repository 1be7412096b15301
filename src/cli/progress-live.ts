import type { Clock } from "../run/clock.js";
import type { Report } from "../run/progress.js";
import { durationInWords } from "./duration.js";
import type { Output } from "./edge.js";
import { eventLines } from "./progress-lines.js";

const CLEAR_LINE = "\r\u001b[2K";

/** What the current cell is busy with, as the live line shows it. */
interface CurrentCell {
  readonly id: string;
  readonly startMs: number;
  readonly secondsLeft: number;
  step: string;
}

/**
 * For a person at a terminal: finished cells stay as lines, and one line below them lives, with the step
 * of the current cell and the time left.
 */
export class LiveProgress implements Disposable {
  #current: CurrentCell | undefined;
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
      const { cell, secondsLeft } = event;
      this.#current = { id: cell, startMs: this.clock.monotonicMs(), secondsLeft, step: "" };
    } else if (event.type === "cell-step") {
      if (this.#current !== undefined) this.#current.step = event.step;
    } else {
      if (event.type === "cell-ended" || event.type === "run-ended") this.#current = undefined;
      const lines = eventLines(event);
      if (lines.length > 0) this.output.write(`${CLEAR_LINE}${lines.join("\n")}\n`);
    }
    this.#draw();
  };

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#current !== undefined) this.output.write(CLEAR_LINE);
  }

  #draw(): void {
    if (this.#current === undefined) return;
    const { id, step, startMs, secondsLeft } = this.#current;
    const elapsedS = (this.clock.monotonicMs() - startMs) / 1000;
    const left = durationInWords(Math.max(0, secondsLeft - elapsedS));
    const line = [id, ...(step === "" ? [] : [step]), durationInWords(elapsedS), `about ${left} left`].join(
      " · ",
    );
    this.output.write(`${CLEAR_LINE}${line.slice(0, this.output.columns - 1)}`);
  }
}
