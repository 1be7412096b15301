import { Failure } from "../failure.js";
import { computeMetrics, loadMetrics, type MeasuredCell } from "../metric/compute.js";
import { measureCell } from "../run/cell.js";
import type { Step } from "../run/progress.js";
import { differences } from "../run/scenario/interface-tables.js";
import { loadScenarios } from "../run/scenarios.js";
import type { LabDescription, StandingLab } from "../testbed/standing-labs.js";
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
  if (cell.scenario !== "handover") {
    throw new Failure(`nothing moves in experiment ${cell.experiment}: its scenario is ${cell.scenario}`, {
      kind: "usage",
      place: lab.id,
      mend: `bring up one that hands over: cloudlet down ${lab.id}, then cloudlet up handover`,
    });
  }
  demandInitialState(await lab.describe());
  const scenario = (await loadScenarios()).get(cell.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${cell.scenario} in src/run/scenario`);
  const session = { begin: () => lab.begin(signal) };
  const { record, series } = await measureCell(cell, session, { scenario, clock, signal, step });
  return computeMetrics({ record: { ...record, series: {} }, series }, await loadMetrics());
}

/** @throws Failure (usage) that names the first difference from Table 4.5. */
function demandInitialState({ id, vm3, interfaces }: LabDescription): void {
  const found = differences("4.5", interfaces);
  const [difference] = found;
  if (difference === undefined) return;
  // Where VM3 alone was moved, its first interface is up in a LAN that is elsewhere, and all else is as it was.
  const onlyMoved = vm3.cloudlet === 2 && found.length === 1;
  throw new Failure(`the handover begins with VM3 and the device on cloudlet 1, but: ${difference}`, {
    kind: "usage",
    place: id,
    mend: onlyMoved
      ? "bring VM3 back: cloudlet migrate"
      : `begin anew: cloudlet down ${id}, then cloudlet up`,
  });
}
