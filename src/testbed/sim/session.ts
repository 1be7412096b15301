import { availableParallelism, cpus, totalmem } from "node:os";
import type { Cell } from "../../experiment/plan.js";
import type { Provenance } from "../../record/schema.js";
import type { CellSession, Session } from "../contract.js";
import { CellSimulation } from "./cell-simulation.js";
import { LocalCell } from "./local-cell.js";
import type { SimulationParameters } from "./parameters.js";
import { CellWorkers } from "./worker/cell-workers.js";

/** Version of the model: moves whenever the same seed would give other bytes. */
export const MODEL_VERSION = "4";

/**
 * Hands out cells. From built code each cell runs in a worker thread, so that as many cells as the
 * machine has cores can be in progress at once; from sources, where a worker could not load TypeScript,
 * in this thread. The results are the same bytes.
 */
export class SimulationSession implements Session {
  private readonly workers: CellWorkers | undefined;

  constructor(private readonly parameters: SimulationParameters) {
    this.workers = import.meta.url.endsWith(".js") ? new CellWorkers(availableParallelism()) : undefined;
  }

  provenance(): Promise<Provenance> {
    return Promise.resolve({
      versions: { node: process.version, simulation: MODEL_VERSION },
      machine: {
        cpu: cpus()[0]?.model ?? "unknown",
        cores: availableParallelism(),
        memoryMiB: Math.round(totalmem() / 2 ** 20),
      },
      accelerator: "simulated",
      shaper: "simulated",
      detail: { parameters: this.parameters },
    });
  }

  async begin(cell: Cell, signal: AbortSignal): Promise<CellSession> {
    signal.throwIfAborted();
    const startedAt = new Date().toISOString();
    if (this.workers !== undefined) return this.workers.begin(cell, this.parameters, startedAt, signal);
    return new LocalCell(new CellSimulation(cell, this.parameters), startedAt, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.workers?.[Symbol.asyncDispose]();
  }
}
