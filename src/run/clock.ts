/** The machine's clocks, passed in so that tests have their own. */
export interface Clock {
  /** Wall-clock time, ISO 8601 in UTC. */
  now(): string;
  /** Milliseconds on a clock that never jumps. */
  monotonicMs(): number;
}
