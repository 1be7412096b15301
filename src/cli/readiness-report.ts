import type { Requirement, Testbed } from "../testbed/contract.js";
import { missing } from "../run/readiness.js";

/** Whether one testbed can be used on this machine, and what it found. */
export interface Readiness {
  readonly testbed: string;
  readonly kind: Testbed["kind"];
  readonly summary: string;
  readonly usable: boolean;
  readonly requirements: readonly Requirement[];
}

export async function readinessOf(testbed: Testbed, signal: AbortSignal): Promise<Readiness> {
  const requirements = await testbed.requirements(signal);
  return {
    testbed: testbed.name,
    kind: testbed.kind,
    summary: testbed.summary,
    usable: missing(requirements).length === 0,
    requirements,
  };
}

const verdicts: Record<Requirement["state"], string> = {
  ok: "pass",
  missing: "FAIL",
  degraded: "warn",
  unknown: "warn",
};

/** For a person: one line a requirement, and under it the command that mends it. */
export function readinessLines({ testbed, kind, summary, usable, requirements }: Readiness): string[] {
  const width = Math.max(0, ...requirements.map(({ name }) => name.length));
  const simulated = kind === "simulation" ? " (simulated)" : "";
  return [
    `${testbed}${simulated}: ${usable ? "usable" : "NOT usable"}. ${summary}`,
    ...requirements.flatMap(({ name, state, detail, mend }) => [
      `  ${verdicts[state]}  ${name.padEnd(width)}  ${detail}`,
      ...(mend === undefined ? [] : [`          ${" ".repeat(width)}→ ${mend}`]),
    ]),
  ];
}
