import type { Report, RunEvent } from "../run/progress.js";
import type { DeclaredStopRule } from "../run/stop-rule.js";
import { timeLeftInWords } from "./duration.js";
import { plainText } from "./plain-text.js";

/** What stays on the screen or in the log of each event; events that only matter while they last have none. */
export const eventLines = (event: RunEvent): string[] => linesOf(event).map(plainText);

function linesOf(event: RunEvent): string[] {
  switch (event.type) {
    case "run-started":
      return startLines(event);
    case "note":
      return [`  ${event.message}`];
    case "cell-retried":
      return [
        `${event.cell}: ${event.status}; again in ${event.pauseS} s`,
        ...event.reasons.map((reason) => `  ${event.status}: ${reason}`),
      ];
    case "cell-ended":
      return [
        `[${event.done}/${event.of}] ${event.cell}: ${event.status}${took(event)}`,
        ...event.reasons.map((reason) => `  ${event.status}: ${reason}`),
      ];
    case "run-ended":
      return [`cells: ${countsInWords(event)}`, ...precisionLines(event)];
    case "repetition-added":
      return [
        `Repetition ${event.repeat}: ${event.cells.length} ${event.cells.length === 1 ? "point is" : "points are"} not precise enough yet`,
      ];
    case "cell-started":
    case "cell-step":
      return [];
  }
}

function startLines(event: Extract<RunEvent, { type: "run-started" }>): string[] {
  const { runId, cells, recorded, testbed, kind, profile, seed, dir, stopRule } = event;
  const simulated = kind === "simulation" ? " (simulated)" : "";
  const already = recorded.length === 0 ? "" : `, ${recorded.length} of them already recorded`;
  return [
    `Run ${runId}: ${cells.length} ${cells.length === 1 ? "cell" : "cells"}${already}; testbed ${testbed}${simulated}, profile ${profile}, seed ${seed}`,
    ...(stopRule === undefined ? [] : [stopRuleInWords(stopRule)]),
    `Record: ${dir}`,
  ];
}

function stopRuleInWords({ metrics, relativeHalfWidth, minRepeat, maxRepeat }: DeclaredStopRule): string {
  const watched = [...new Set(Object.values(metrics))].join(", ");
  return `Each point ${minRepeat} to ${maxRepeat} times, until the 95 % interval of the mean of ${watched} is within ±${percent(relativeHalfWidth)}`;
}

function precisionLines({ points = [] }: Extract<RunEvent, { type: "run-ended" }>): string[] {
  const short = points.filter(({ reached }) => !reached);
  if (points.length === 0) return [];
  return [
    `points precise enough: ${points.length - short.length} of ${points.length}`,
    ...short.map(
      ({ point, repeats, n, relativeHalfWidth }) =>
        `  ${point}: ${relativeHalfWidth === null ? "no interval" : `±${percent(relativeHalfWidth)}`} after ${repeats} repetitions, ${n} of them attested; the maximum was reached`,
    ),
  ];
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

function took({ migrationS, durationS, overheadS }: Extract<RunEvent, { type: "cell-ended" }>): string {
  const migration = migrationS === null ? "" : `, migration ${migrationS.toFixed(2)} s`;
  return `${migration}, took ${durationS.toFixed(1)} s (overhead ${overheadS.toFixed(1)} s)`;
}

function countsInWords({ ok, invalid, failed, remaining }: Extract<RunEvent, { type: "run-ended" }>): string {
  const counts = { ok, invalid, failed, "not reached": remaining };
  return Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === "ok")
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

/** For logs: each line is written once and stays. Says when a cell starts, so that a hang can be placed. */
export function lineProgress(write: (text: string) => void): Report {
  return (event) => {
    const lines =
      event.type === "cell-started"
        ? [`${event.cell} (${timeLeftInWords(event.secondsLeft, event.secondsLeftAtMost)})`]
        : eventLines(event);
    for (const line of lines) write(`${line}\n`);
  };
}
