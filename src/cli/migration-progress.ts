import type { MigrationSample } from "../record/series.js";
import type { Clock } from "../run/clock.js";
import type { Output } from "./edge.js";
import { mebibytes } from "./lab-report.js";

/** How often the line is drawn anew at a terminal, and how often a log gets a line, ms. */
const REDRAW_MS = 200;
const LOG_MS = 5000;

/** A migration in progress: one line that lives at a terminal, one every few seconds in a log. */
export class MigrationProgress implements Disposable {
  readonly #startMs: number;
  #lastMs: number;

  constructor(
    private readonly output: Output,
    private readonly clock: Clock,
  ) {
    this.#startMs = this.#lastMs = clock.monotonicMs();
  }

  readonly report = (sample: MigrationSample): void => {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#lastMs < (this.output.isLive ? REDRAW_MS : LOG_MS)) return;
    this.#lastMs = nowMs;
    const line = migrationProgressLine(sample, (nowMs - this.#startMs) / 1000);
    if (this.output.isLive) {
      this.output.write(`\r\u001b[2K${line.slice(0, this.output.columns - 1)}`);
    } else {
      this.output.write(`${line}\n`);
    }
  };

  [Symbol.dispose](): void {
    if (this.output.isLive) this.output.write("\r\u001b[2K");
  }
}

/** What QEMU says it has sent and still has to send; the latter grows while the guest writes. */
export function migrationProgressLine(sample: MigrationSample, elapsedS: number): string {
  const { transferredBytes, remainingBytes, throughputMbit, dirtySyncCount } = sample;
  const rate = throughputMbit === null ? "" : ` at ${throughputMbit.toFixed(0)} Mbit/s`;
  return `  ${elapsedS.toFixed(0)} s: sent ${mebibytes(transferredBytes)}${rate}, ${mebibytes(remainingBytes)} to go, pass ${dirtySyncCount}`;
}
