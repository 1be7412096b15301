import { parentPort } from "node:worker_threads";
import { CellSimulation } from "../cell-simulation.js";
import type { Reply, Request, StepName } from "./protocol.js";

/** A worker thread's side: one cell at a time, one step at a time. */
let simulation: CellSimulation | undefined;

function carryOut(request: Request): unknown {
  if (request.type === "begin") {
    simulation = new CellSimulation(request.cell, request.parameters);
    return undefined;
  }
  if (simulation === undefined) throw new Error("no cell was begun");
  const steps = simulation as unknown as Readonly<
    Record<StepName, (...given: readonly unknown[]) => unknown>
  >;
  return steps[request.name](...request.arguments);
}

parentPort?.on("message", (request: Request) => {
  let reply: Reply;
  try {
    const result = carryOut(request);
    reply = { type: "done", result, nowMs: simulation?.nowMs() ?? 0 };
  } catch (error) {
    reply = { type: "failed", error };
  }
  parentPort?.postMessage(reply);
});
