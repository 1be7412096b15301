/** The machine's clocks, passed in so that tests have their own. */
export interface Clock {
  /** Wall-clock time, ISO 8601 in UTC. */
  now(): string;
  /** Milliseconds on a clock that never jumps. */
  monotonicMs(): number;
}

/** A clock that can be waited by. */
export interface WaitingClock extends Clock {
  /** Lets time pass. @throws the signal's reason once it is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}
