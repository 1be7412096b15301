import type { Clock } from "../run/clock.js";
import type { Report } from "../run/progress.js";

/** For programs: one JSON object a line and event, with the wall-clock time as `at`. */
export function jsonProgress(write: (text: string) => void, clock: Clock): Report {
  return (event) => {
    write(`${JSON.stringify({ at: clock.now(), ...event })}\n`);
  };
}
