import type { Decision } from "../decision/algorithm.js";
import type { MigrationEstimate } from "../decision/estimator.js";
import type { MigrationQuestion } from "../decision/migration-question.js";
import type { Endless } from "../decision/pre-copy.js";
import { responseClassOf } from "../paper/response-class.js";

/** The answer in a line, and what it rests on. */
export function decisionLines({ action, step }: Decision, estimate: MigrationEstimate | Endless): string[] {
  if (estimate.kind === "endless") return [`${action} (step ${step})`];
  return [
    `${action} (step ${step})`,
    ...estimate.unknown.map((reason) => `not known, closed form alone: ${reason}`),
  ];
}

/** Each step with its numbers, then what limits the migration. */
export function explanationLines(
  { steps }: Decision,
  estimate: MigrationEstimate | Endless,
  { rttMs }: MigrationQuestion,
): string[] {
  const taken = steps.map(({ step, text }) => `  ${step}. ${text}`);
  if (estimate.kind === "endless") return taken;
  const { closedForm, deltaRttMs, downtimeMs, knownMigrations } = estimate;
  const { path, rounds, totalTimeS } = closedForm;
  const rateMbit = (path.rateBytesPerS * 8) / 1e6;
  return [
    ...taken,
    `  RTT during the migration: ${responseClassOf(rttMs + deltaRttMs.value)} (Table 3.2); downtime ${downtimeMs.value.toFixed(0)} ms`,
    `  closed form: ${totalTimeS.toFixed(1)} s in ${rounds} ${rounds === 1 ? "round" : "rounds"} at ${rateMbit.toFixed(0)} Mbit/s, limited by the ${path.bound}; recorded migrations of this profile: ${knownMigrations}`,
  ];
}
