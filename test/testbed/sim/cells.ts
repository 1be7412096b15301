import { fileURLToPath } from "node:url";
import type { Cell, CellOf } from "../../../src/experiment/plan.js";
import { readPlan } from "../../../src/experiment/read-plan.js";
import type { CellRecord } from "../../../src/record/schema.js";
import type { RawSeries } from "../../../src/record/series.js";
import { measureCell } from "../../../src/run/cell.js";
import { loadScenarios } from "../../../src/run/scenarios.js";
import { CellSimulation } from "../../../src/testbed/sim/cell-simulation.js";
import { type SimulationParameters, simulationParameters } from "../../../src/testbed/sim/parameters.js";
import { SimulationSession } from "../../../src/testbed/sim/session.js";

const experiments = fileURLToPath(new URL("../../../experiments/", import.meta.url));

/** The first cell of a shipped experiment under a profile. */
export async function shippedCell(experiment: string, profile: string): Promise<Cell> {
  const { plan } = await readPlan(
    { experiments: [experiment], profile, repeat: 1, seed: 1 },
    { experiments, profiles: `${experiments}profiles` },
  );
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error(`${experiment} has no cells`);
  return cell;
}

/** A cell of the thesis's grid under a profile. */
export async function gridCell(
  profile: string,
  bandwidthMbit: number,
  rttMs: number,
  seed = 1,
): Promise<CellOf<"handover">> {
  const cell = await shippedCell("grid", profile);
  if (cell.scenario !== "handover") throw new Error("the grid is no handover");
  return { ...cell, wan: { rateBps: bandwidthMbit * 1e6, rttMs }, seed };
}

/** The same cell with a guest a fraction of the size: enough where only the mechanism matters. */
export const small = (cell: CellOf<"handover">): CellOf<"handover"> => ({
  ...cell,
  guest: { memoryMiB: 256, vcpus: 1, usedMiB: 64 },
  timeline: { attachedS: 0.5, awayS: 0.2, beforeMigrationS: 1, afterS: 0.5 },
});

/** Plays the cell's scenario over the simulated testbed. */
export async function play(
  cell: Cell,
  parameters: SimulationParameters = simulationParameters(),
): Promise<{ record: Omit<CellRecord, "series">; series: RawSeries }> {
  await using session = new SimulationSession(parameters);
  const scenario = (await loadScenarios()).get(cell.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${cell.scenario}`);
  return await measureCell(cell, session, {
    scenario,
    clock: { now: () => "2014-08-09T00:00:00.000Z", monotonicMs: () => 0 },
    signal: new AbortController().signal,
    step: () => undefined,
  });
}

/** Only as far as the migration's end. */
export function migrated(cell: Cell, parameters = simulationParameters()) {
  const simulation = new CellSimulation(cell, parameters);
  simulation.startProbes();
  simulation.wait(500);
  simulation.detachDevice();
  simulation.wait(200);
  simulation.attachDevice();
  simulation.wait(1000);
  simulation.adoptNextAddress();
  const outcome = simulation.migrate();
  return { simulation, outcome };
}
