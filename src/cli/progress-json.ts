import type { Clock } from "../run/clock.js";
import type { Report } from "../run/progress.js";
import { plainJson } from "./plain-text.js";

/** For programs: one JSON object a line and event, with the wall-clock time as `at`. */
export function jsonProgress(write: (text: string) => void, clock: Clock): Report {
  return (event) => {
    write(`${plainJson({ at: clock.now(), ...event })}\n`);
  };
}
