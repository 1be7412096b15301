import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { CellSimulation } from "../../../src/testbed/sim/cell-simulation.js";
import { LocalCell } from "../../../src/testbed/sim/local-cell.js";
import { simulationParameters } from "../../../src/testbed/sim/parameters.js";
import { RemoteCell } from "../../../src/testbed/sim/worker/remote-cell.js";
import type { CellSession } from "../../../src/testbed/contract.js";
import { gridCell, shippedCell, small } from "./cells.js";

const STARTED_AT = "2014-08-09T00:00:00.000Z";
const source = new URL("../../../src/testbed/sim/worker/cell-worker.ts", import.meta.url);
const workers: Worker[] = [];

function remoteCell(signal: AbortSignal, giveBack: (usable: boolean) => void = () => undefined): RemoteCell {
  // Built code starts its workers from .js files; here a worker has to learn TypeScript first.
  const bootstrap = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(source.href)}); });`;
  const worker = new Worker(bootstrap, { eval: true });
  workers.push(worker);
  return new RemoteCell(worker, STARTED_AT, signal, giveBack);
}

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** Every step of a handover, and what came of it. */
async function handover(cell: CellSession): Promise<unknown[]> {
  const results: unknown[] = [await cell.measureLink()];
  await cell.startProbes();
  await cell.wait(500);
  await cell.detachDevice();
  await cell.wait(100);
  await cell.attachDevice();
  await cell.wait(500);
  results.push(await cell.adoptNextAddress(), await cell.migrate());
  await cell.completeHandover();
  results.push(await cell.interfaces(), await cell.finish(), cell.nowMs());
  return results;
}

/** Every step of a measurement of the paths, and what came of it. */
async function throughput(cell: CellSession): Promise<unknown[]> {
  const results: unknown[] = [await cell.measureLink()];
  for (const flow of ["cloudlets", "device"] as const) {
    await cell.observeRtt(flow, 1000);
    await cell.observeThroughput(flow, 1000);
  }
  results.push(await cell.finish(), cell.nowMs());
  return results;
}

/** A walk of the device, and what came of it. */
async function walk(cell: CellSession): Promise<unknown[]> {
  await cell.startProbes();
  await cell.networks?.leave("wifi1");
  await cell.wait(1000);
  await cell.networks?.enter("wifi2");
  await cell.networks?.join("wifi2", "regular");
  await cell.networks?.withdraw("wifi1");
  await cell.wait(500);
  return [await cell.finish(), cell.nowMs()];
}

describe("RemoteCell", () => {
  it.each([
    { of: "a handover", steps: handover, cellOf: async () => small(await gridCell("modern", 350, 20)) },
    { of: "a measurement of the paths", steps: throughput, cellOf: () => shippedCell("window", "modern") },
    { of: "a walk", steps: walk, cellOf: () => shippedCell("modes-wifi", "modern") },
  ])("gives the same results of $of in a worker thread as in this one", async ({ steps, cellOf }) => {
    const cell = await cellOf();
    const { signal } = new AbortController();
    const usable: boolean[] = [];
    const remote = remoteCell(signal, (is) => usable.push(is));
    await remote.request({ type: "begin", cell, parameters: simulationParameters() });
    const fromWorker = await steps(remote);
    await remote[Symbol.asyncDispose]();
    expect(fromWorker).toEqual(
      await steps(new LocalCell(new CellSimulation(cell, simulationParameters()), STARTED_AT, signal)),
    );
    expect(usable).toEqual([true]);
  });

  it("rejects a step in progress with the signal's reason, and calls the worker unusable", async () => {
    const cell = await gridCell("thesis-2014", 60, 150);
    const abort = new AbortController();
    const usable: boolean[] = [];
    const remote = remoteCell(abort.signal, (is) => usable.push(is));
    await remote.request({ type: "begin", cell, parameters: simulationParameters() });
    const waiting = remote.wait(3_600_000);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await remote[Symbol.asyncDispose]();
    expect(usable).toEqual([false]);
  });

  it("passes on what went wrong in the worker", async () => {
    const remote = remoteCell(new AbortController().signal);
    await expect(remote.wait(1)).rejects.toThrow("no cell was begun");
  });
});
