/**
 * How fast the simulated testbed is: events per second on one core, the grid on all cores, and a sweep of
 * small cells with the memory it takes. Runs the built code, as users do: npm run build first.
 *
 *   npx tsx bench/sim-speed.ts [cells of the sweep, default 1000]
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Cell } from "../src/experiment/plan.js";
import { readPlan } from "../src/experiment/read-plan.js";

const built = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../dist/${module}`, import.meta.url).href)) as T;
const { CellSimulation } = await built<typeof import("../src/testbed/sim/cell-simulation.js")>(
  "testbed/sim/cell-simulation.js",
);
const { simulationParameters } =
  await built<typeof import("../src/testbed/sim/parameters.js")>("testbed/sim/parameters.js");
const { testbed } = await built<typeof import("../src/testbed/sim/index.js")>("testbed/sim/index.js");
const { measureCell } = await built<typeof import("../src/run/cell.js")>("run/cell.js");
const { scenario } =
  await built<typeof import("../src/run/scenario/handover.js")>("run/scenario/handover.js");

const experiments = fileURLToPath(new URL("../experiments/", import.meta.url));
const { plan } = await readPlan(
  { experiments: ["grid"], profile: "thesis-2014", repeat: 1, seed: 1 },
  { experiments, profiles: `${experiments}profiles` },
);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const mib = (): string => `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident`;

oneCore();
await grid();
await sweep(Number(process.argv[2] ?? 1000));

function oneCore(): void {
  let events = 0;
  const startMs = performance.now();
  for (const cell of plan.cells) {
    const simulation = new CellSimulation(cell, simulationParameters());
    simulation.startProbes();
    simulation.attachDevice();
    simulation.wait(5000);
    simulation.migrate();
    events += simulation.timers.expired;
  }
  const seconds = (performance.now() - startMs) / 1000;
  print(
    `one core: ${(events / 1e6).toFixed(2)} M events in ${seconds.toFixed(2)} s, ${(events / seconds / 1e6).toFixed(2)} M events/s`,
  );
}

async function grid(): Promise<void> {
  const startMs = performance.now();
  const statuses = await carryOut(plan.cells);
  print(
    `grid of ${plan.cells.length} cells on ${availableParallelism()} cores: ` +
      `${((performance.now() - startMs) / 1000).toFixed(2)} s, ${statuses.join(" ")}, ${mib()}`,
  );
}

async function sweep(count: number): Promise<void> {
  const cells = Array.from({ length: count }, (_, index): Cell => {
    const [template] = plan.cells;
    if (template?.scenario !== "handover") throw new Error("the grid has no cells");
    const at = (values: readonly number[], step: number): number =>
      values[Math.floor(index / step) % values.length] ?? 0;
    return {
      ...template,
      id: `sweep-${index}`,
      seed: index,
      wan: { rateBps: at([50, 100, 200, 400, 600], 1) * 1e6, rttMs: at([5, 10, 20, 40, 80], 5) },
      guest: { memoryMiB: at([256, 512], 25), vcpus: 1, usedMiB: 64 },
      workload: { ...template.workload, writer: { rateMiBPerS: at([0, 2, 8, 64], 50), workingSetMiB: 16 } },
      timeline: { attachedS: 1, awayS: 0.5, beforeMigrationS: 1, afterS: 1 },
    };
  });
  const startMs = performance.now();
  for (const [part, size] of [
    [0, count / 10],
    [count / 10, count],
  ] as const) {
    const statuses = await carryOut(cells.slice(part, size));
    const tally = [...new Set(statuses)].map(
      (status) => `${statuses.filter((other) => other === status).length} ${status}`,
    );
    print(
      `sweep, cells ${Math.floor(part)} to ${size}: ${((performance.now() - startMs) / 1000).toFixed(1)} s, ` +
        `${tally.join(", ")}, ${mib()}`,
    );
  }
}

/** As `run` would with `testbed.concurrency` cells in progress. */
async function carryOut(cells: readonly Cell[]): Promise<string[]> {
  const { signal } = new AbortController();
  await using session = await testbed.open({ runId: "bench", seed: 1, signal, note: () => undefined });
  const statuses: string[] = [];
  const queue = cells.values();
  const clock = { now: () => new Date().toISOString(), monotonicMs: () => performance.now() };
  const lane = async (): Promise<void> => {
    for (const cell of queue) {
      const { record } = await measureCell(cell, session, { scenario, clock, signal, step: () => undefined });
      statuses.push(record.status);
    }
  };
  await Promise.all(Array.from({ length: testbed.concurrency ?? 1 }, lane));
  return statuses;
}
