/**
 * Simulates the thesis's grid and prints the residual of every cell of Tables 4.9 and 4.10, for profile
 * thesis-2014 and for each variant declared in experiments/simulation/parameters.yaml.
 *
 *   npx tsx bench/validate-thesis.ts [repetitions, default 5]
 */
import { fileURLToPath } from "node:url";
import { mean } from "simple-statistics";
import type { Cell } from "../src/experiment/plan.js";
import { readPlan } from "../src/experiment/read-plan.js";
import { computeMetrics, loadMetrics } from "../src/metric/compute.js";
import { loadPaper, printedValues } from "../src/paper/paper.js";
import { measureCell } from "../src/run/cell.js";
import { scenario } from "../src/run/scenario/handover.js";
import { readSimulationFile, simulationParameters } from "../src/testbed/sim/parameters.js";
import { SimulationSession } from "../src/testbed/sim/session.js";

const experiments = fileURLToPath(new URL("../experiments/", import.meta.url));
const repeat = Number(process.argv[2] ?? 5);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { plan } = await readPlan(
  { experiments: ["grid"], profile: "thesis-2014", repeat, seed: 1 },
  { experiments, profiles: `${experiments}profiles` },
);
const metrics = await loadMetrics();
const paper = await loadPaper();
const session = new SimulationSession(simulationParameters());
const clock = { now: () => new Date().toISOString(), monotonicMs: () => performance.now() };

await validate("profile thesis-2014 as it stands", plan.cells);
for (const { name, value } of readSimulationFile().variants) {
  const cells = plan.cells.map((cell) => withBurst(cell, value));
  await validate(`variant "${name}": burst ${value} B`, cells);
}

function withBurst(cell: Cell, bytes: number): Cell {
  const { profile } = cell;
  const burstBytes = { value: bytes, source: "variant" };
  return { ...cell, profile: { ...profile, link: { ...profile.link, burstBytes } } };
}

async function validate(title: string, cells: readonly Cell[]): Promise<void> {
  const found = new Map<string, Map<string, number[]>>();
  for (const cell of cells) {
    const { record, series } = await measureCell(cell, session, {
      scenario,
      clock,
      signal: new AbortController().signal,
      step: () => undefined,
    });
    const point = `${(cell.wan.rateBps ?? NaN) / 1e6} × ${cell.wan.rttMs}`;
    const measured = computeMetrics({ record: { ...record, series: {} }, series }, metrics).metrics;
    for (const [id, { value }] of measured) {
      const ofMetric = found.get(id) ?? new Map<string, number[]>();
      found.set(id, ofMetric.set(point, [...(ofMetric.get(point) ?? []), value]));
    }
  }
  print(`\n### ${title}, n = ${repeat}\n`);
  residuals("totalMigrationTimeS", "Table 4.9, total migration time, s", 2);
  residuals("networkDowntimeMs", "Table 4.10, network-layer downtime, ms", 0);
  print(
    "Mean RTT during migration, ms (Fig. 4.10), and mean throughput, Mbit/s (Fig. 4.13: 7.2 at 20 ms, 5.3 at 100 ms, 350 Mbit/s)\n",
  );
  print(
    "| Mbit/s × ms | initial RTT | RTT | delta RTT | throughput | downtime of iperf, ms |\n|---|---|---|---|---|---|",
  );
  for (const { bandwidthMbit, rttMs } of printedValues(paper, "totalMigrationTimeS")) {
    const point = `${bandwidthMbit} × ${rttMs}`;
    const value = (id: string): string => mean(found.get(id)?.get(point) ?? [NaN]).toFixed(1);
    print(
      `| ${point} | ${value("initialRttMs")} | ${value("meanRttDuringMigrationMs")} | ${value("deltaRttMs")} | ` +
        `${value("throughputDuringMigrationMbit")} | ${value("applicationDowntimeMs")} |`,
    );
  }

  function residuals(id: string, caption: string, digits: number): void {
    const errors: number[] = [];
    print(`${caption}\n\n| Mbit/s × ms | thesis | simulated | residual |\n|---|---|---|---|`);
    for (const { bandwidthMbit, rttMs, value, place } of printedValues(paper, id)) {
      if (!place.startsWith("Table")) continue;
      const point = `${bandwidthMbit} × ${rttMs}`;
      const simulated = mean(found.get(id)?.get(point) ?? [NaN]);
      const error = simulated / value - 1;
      errors.push(Math.abs(error));
      const sign = error < 0 ? "−" : "+";
      print(
        `| ${point} | ${value.toFixed(digits)} | ${simulated.toFixed(digits)} | ${sign}${Math.abs(error * 100).toFixed(1)} % |`,
      );
    }
    print(`\nMean absolute relative error ${(mean(errors) * 100).toFixed(1)} %\n`);
  }
}
