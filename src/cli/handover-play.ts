import { Failure } from "../failure.js";
import { computeMetrics, loadMetrics, type MeasuredCell } from "../metric/compute.js";
import { measureCell } from "../run/cell.js";
import type { Step } from "../run/progress.js";
import { differences } from "../run/scenario/interface-tables.js";
import { loadScenarios } from "../run/scenarios.js";
import type { StandingLab } from "../testbed/standing-labs.js";
import type { Edge } from "./edge.js";

/**
 * Plays the scenario of a lab's cell on its machines, as a run would, and computes every metric of it.
 *
 * @throws Failure (usage) unless the machines are in the scenario's initial state, that of Table 4.5.
 */
export async function playHandover(
  lab: StandingLab,
  { clock }: Pick<Edge, "clock">,
  signal: AbortSignal,
  step: (step: Step) => void,
): Promise<MeasuredCell> {
  const { cell } = lab;
  demandInitialState(lab.id, differences("4.5", (await lab.describe()).interfaces));
  const scenario = (await loadScenarios()).get(cell.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${cell.scenario} in src/run/scenario`);
  const session = { begin: () => lab.begin(signal) };
  const { record, series } = await measureCell(cell, session, { scenario, clock, signal, step });
  return computeMetrics({ record: { ...record, series: {} }, series }, await loadMetrics());
}

/** @throws Failure (usage) naming the first difference. */
export function demandInitialState(id: string, [difference]: readonly string[]): void {
  if (difference === undefined) return;
  throw new Failure(`the handover begins with VM3 and the device on cloudlet 1, but: ${difference}`, {
    kind: "usage",
    place: id,
    mend: `if only VM3 was moved: cloudlet migrate; else: cloudlet down ${id}, then cloudlet up`,
  });
}
