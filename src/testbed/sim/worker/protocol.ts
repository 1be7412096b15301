import type { Cell } from "../../../experiment/plan.js";
import type { CellSimulation } from "../cell-simulation.js";
import type { SimulationParameters } from "../parameters.js";

/** Steps of a cell that a worker carries out. */
export type StepName =
  | "wait"
  | "measureLink"
  | "startProbes"
  | "observeRtt"
  | "observeThroughput"
  | "moveDevice"
  | "detachDevice"
  | "attachDevice"
  | "adoptNextAddress"
  | "migrate"
  | "completeHandover"
  | "interfaces"
  | "finish";

export type StepArguments<N extends StepName> = Parameters<CellSimulation[N]>;
export type StepResult<N extends StepName> = ReturnType<CellSimulation[N]>;

/** To a worker: begin a cell, dropping any other, or carry out a step of it. */
export type Request =
  | { readonly type: "begin"; readonly cell: Cell; readonly parameters: SimulationParameters }
  | { readonly type: "step"; readonly name: StepName; readonly arguments: StepArguments<StepName> };

/** From a worker, one for each request. */
export type Reply =
  | { readonly type: "done"; readonly result: unknown; readonly nowMs: number }
  | { readonly type: "failed"; readonly error: unknown };
