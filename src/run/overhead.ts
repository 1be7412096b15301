import type { Clock } from "./clock.js";

/** Splits the wall clock of a cell into what it observes and what the harness spends on its own account. */
export class Overhead {
  readonly #startMs: number;
  #observedMs = 0;

  constructor(private readonly clock: Clock) {
    this.#startMs = clock.monotonicMs();
  }

  /** Time in here is the experiment's, not the harness's: slots, the migration, settling after it. */
  async observing<T>(work: () => Promise<T>): Promise<T> {
    const startMs = this.clock.monotonicMs();
    try {
      return await work();
    } finally {
      this.#observedMs += this.clock.monotonicMs() - startMs;
    }
  }

  /** Wall clock since the cell began, seconds. */
  get durationS(): number {
    return roundedS(this.clock.monotonicMs() - this.#startMs);
  }

  /** The part of it that nothing was observed in, seconds: guest start, attestation, clearing up, … */
  get overheadS(): number {
    return roundedS(this.clock.monotonicMs() - this.#startMs - this.#observedMs);
  }
}

const roundedS = (ms: number): number => Math.round(ms) / 1000;
