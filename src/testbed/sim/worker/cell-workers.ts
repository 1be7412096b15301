import { Worker } from "node:worker_threads";
import type { Cell } from "../../../experiment/plan.js";
import type { CellSession } from "../../contract.js";
import type { SimulationParameters } from "../parameters.js";
import { RemoteCell } from "./remote-cell.js";

/**
 * Worker threads that simulate cells. A worker is started when a cell finds none idle, and kept for the
 * next; it is never asked for more than one cell at a time.
 */
export class CellWorkers implements AsyncDisposable {
  private readonly all = new Set<Worker>();
  private readonly idle: Worker[] = [];

  constructor(private readonly most: number) {}

  async begin(
    cell: Cell,
    parameters: SimulationParameters,
    startedAt: string,
    signal: AbortSignal,
  ): Promise<CellSession> {
    const worker = this.idle.pop() ?? this.start();
    const remote = new RemoteCell(worker, startedAt, signal, (usable) => {
      this.giveBack(worker, usable);
    });
    try {
      await remote.request({ type: "begin", cell, parameters });
    } catch (error) {
      await remote[Symbol.asyncDispose]();
      throw error;
    }
    return remote;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.all, (worker) => worker.terminate()));
  }

  private start(): Worker {
    const worker = new Worker(new URL("./cell-worker.js", import.meta.url), {
      // A cell's samples are short-lived: a small young generation keeps two workers within a laptop's memory.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    worker.unref();
    this.all.add(worker);
    return worker;
  }

  private giveBack(worker: Worker, usable: boolean): void {
    if (usable && this.idle.length < this.most) {
      this.idle.push(worker);
      return;
    }
    this.all.delete(worker);
    void worker.terminate();
  }
}
