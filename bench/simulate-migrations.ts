/**
 * Simulates migrations over the whole range that `cloudlet decide` is asked about, and writes what became of each
 * as one line of results/decision/simulated.csv. Runs the built code, as users do: npm run build first.
 *
 *   npx tsx bench/simulate-migrations.ts [migrations, default 1200]
 */
import { fileURLToPath } from "node:url";
import { stringify } from "csv-stringify/sync";
import type { CellOf } from "../src/experiment/plan.js";
import { readPlan } from "../src/experiment/read-plan.js";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import { Random } from "../src/testbed/sim/engine/random.js";

const built = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../dist/${module}`, import.meta.url).href)) as T;
const { testbed } = await built<typeof import("../src/testbed/sim/index.js")>("testbed/sim/index.js");
const { measureCell } = await built<typeof import("../src/run/cell.js")>("run/cell.js");
const { scenario } =
  await built<typeof import("../src/run/scenario/handover.js")>("run/scenario/handover.js");
const { computeMetrics, loadMetrics } =
  await built<typeof import("../src/metric/compute.js")>("metric/compute.js");

const SEED = 2014;
const PROFILES = ["modern", "thesis-2014-modern-qemu", "thesis-2014"];
const experiments = fileURLToPath(new URL("../experiments/", import.meta.url));
const target = fileURLToPath(new URL("../results/decision/simulated.csv", import.meta.url));
const count = Number(process.argv[2] ?? 1200);

const templates = await Promise.all(
  PROFILES.map(async (profile) => {
    const { plan } = await readPlan(
      { experiments: ["grid"], profile, repeat: 1, seed: SEED },
      { experiments, profiles: `${experiments}profiles` },
    );
    const [cell] = plan.cells;
    if (cell?.scenario !== "handover") throw new Error("the grid has no cells");
    return cell;
  }),
);

const random = new Random(SEED);
const logBetween = (from: number, to: number): number =>
  Number(Math.exp(random.between(Math.log(from), Math.log(to))).toPrecision(3));

/** Rate, RTT and memory in use anywhere in the range; every second VM with a process that writes memory. */
function drawn(index: number): CellOf<"handover"> {
  const template = templates[index % templates.length];
  if (template === undefined) throw new Error("no profile");
  const wan = { rateBps: Math.round(logBetween(20, 500)) * 1e6, rttMs: Math.round(random.between(5, 150)) };
  const usedMiB = Math.round(logBetween(96, 768));
  const writer = { rateMiBPerS: logBetween(0.1, 64), workingSetMiB: logBetween(4, 64) };
  return {
    ...template,
    id: `migration-${index}`,
    seed: random.uint32(),
    wan,
    guest: { memoryMiB: 2048, vcpus: 1, usedMiB },
    workload: { ...template.workload, ...(random.unit() < 0.5 ? {} : { writer }) },
    timeline: { attachedS: 1, awayS: 0.5, beforeMigrationS: 6, afterS: 3 },
  };
}

const metrics = await loadMetrics();
const { signal } = new AbortController();
const clock = { now: () => new Date().toISOString(), monotonicMs: () => performance.now() };
await using session = await testbed.open({ runId: "bench", seed: SEED, signal, note: () => undefined });
const cells = Array.from({ length: count }, (_, index) => drawn(index));
const rows: unknown[][] = [];
const queue = cells.entries();

async function lane(): Promise<void> {
  for (const [index, cell] of queue) {
    const { record, series } = await measureCell(cell, session, {
      scenario,
      clock,
      signal,
      step: () => undefined,
    });
    const measured = computeMetrics({ record: { ...record, series: {} }, series }, metrics).metrics;
    const rounded = (value: number | undefined): number | null =>
      value === undefined ? null : Number(value.toPrecision(5));
    const value = (id: string): number | null => rounded(measured.get(id)?.value);
    const { wan, guest, workload, profile } = cell;
    rows[index] = [
      profile.name,
      (wan.rateBps ?? NaN) / 1e6,
      wan.rttMs,
      guest.usedMiB,
      workload.writer?.rateMiBPerS ?? 0,
      workload.writer?.workingSetMiB ?? 0,
      cell.seed,
      record.migration?.status ?? "failed",
      value("totalMigrationTimeS"),
      value("networkDowntimeCorrectedMs"),
      value("applicationDowntimeMs"),
      value("deltaRttMs"),
      rounded(measured.get("deltaRttMs")?.errorBound),
      record.migration?.transferredBytes ?? null,
    ];
    if (index % 50 === 0) process.stderr.write(`${index} of ${count}\n`);
  }
}

await Promise.all(Array.from({ length: testbed.concurrency ?? 1 }, lane));
const header =
  "profile,rateMbit,rttMs,usedMiB,dirtyMiBPerS,workingSetMiB,seed,status,totalMigrationTimeS,networkDowntimeMs,applicationDowntimeMs,deltaRttMs,deltaRttErrorBoundMs,transferredBytes";
await writeFileAtomically(target, stringify([header.split(","), ...rows]));
process.stdout.write(`${target}: ${rows.length} migrations\n`);
