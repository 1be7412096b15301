/**
 * One lab, VM3 migrated back and forth many times by one process: does anything grow, or stay behind?
 *
 *   npm run soak [-- --migrations 60]      (root; writes soak.csv and soak.json to results/bench/)
 *
 * Exit code 1 when a migration fails, a namespace, link or process more is there than after the first round trip, a file
 * descriptor is not given back, or memory grows beyond its limit.
 */
import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stringify } from "csv-stringify/sync";
import { linearRegression } from "simple-statistics";
import { readPlan } from "../src/experiment/read-plan.js";
import { exec } from "../src/host/process.js";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import { testbed } from "../src/testbed/netns/index.js";

const { values } = parseArgs({
  options: {
    migrations: { type: "string", default: "60" },
    out: { type: "string", default: "results/bench" },
  },
});
const migrations = Number(values.migrations);
/** Beyond it, growth of memory over the whole run is no noise: a collector frees late, and QEMU's TCG cache fills. */
const HARNESS_LIMIT_MIB = 64;
const QEMU_LIMIT_MIB = 32;

interface Sample {
  readonly migration: number;
  readonly toCloudlet: number;
  readonly totalS: number;
  readonly downtimeMs: number | null;
  readonly transferredMiB: number;
  readonly harnessRssMiB: number;
  readonly harnessHeapMiB: number;
  readonly harnessDescriptors: number;
  readonly harnessSockets: number;
  readonly qemuRssMiB: number;
  readonly qemuDescriptors: number;
  readonly namespaces: number;
  readonly links: number;
  readonly qdiscs: number;
  readonly processes: number;
  readonly runFiles: number;
}

async function descriptors(pid: number | "self"): Promise<string[]> {
  const dir = `/proc/${pid}/fd`;
  const links = (await readdir(dir)).map((fd) => readlink(join(dir, fd)).catch(() => undefined));
  return (await Promise.all(links)).filter((link) => link !== undefined);
}

async function rssMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

const lineCount = (text: string): number => text.split("\n").filter((line) => line !== "").length;

/** What there is of this lab alone: other runs may share the machine. */
async function resources(id: string) {
  const names = ["host", "vm1", "vm2", "vm4"].map((machine) => `cloudlet-${id}-${machine}`);
  const each = (...words: [string, ...string[]]) =>
    Promise.all(names.map((name) => exec(["ip", "netns", "exec", name, ...words])));
  const sum = (texts: readonly string[]) => texts.reduce((total, text) => total + lineCount(text), 0);
  const pids = await Promise.all(names.map((name) => exec(["ip", "netns", "pids", name])));
  const existing = (await exec(["ip", "netns", "list"])).split("\n");
  return {
    namespaces: existing.filter((line) => line.startsWith(`cloudlet-${id}-`)).length,
    links: sum(await each("ip", "-o", "link")),
    qdiscs: sum(await each("tc", "qdisc", "show")),
    processes: sum(pids),
    runFiles: (await readdir(`/run/cloudlet/netns/${id}`, { recursive: true })).length,
  };
}

/** Line through the later half: the first migrations load code and fill caches. */
function slopePerMigration(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const later = samples.slice(Math.floor(samples.length / 2));
  return linearRegression(later.map((sample) => [sample.migration, of(sample)])).m;
}

const experiment = fileURLToPath(new URL("soak.yaml", import.meta.url));
const experiments = fileURLToPath(new URL("../experiments/", import.meta.url));
const { plan } = await readPlan(
  { experiments: [experiment], profile: "modern", repeat: 1, seed: 2014 },
  { experiments, profiles: join(experiments, "profiles") },
);
const [cell] = plan.cells;
if (cell === undefined || testbed.labs === undefined) throw new Error("no cell, or no labs");

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    ending.abort(new Error("interrupted"));
  });
}
const { signal } = ending;
const id = `soak${process.pid}`;
const samples: Sample[] = [];
const failures: string[] = [];
const lab = await testbed.labs.up(cell, { runId: id, seed: 1, signal, note: () => undefined });
try {
  for (let migration = 1; migration <= migrations; migration++) {
    const outcome = await lab.migrate(() => undefined);
    if (outcome.status !== "completed")
      failures.push(`migration ${migration}: ${outcome.reason ?? "failed"}`);
    const { vm3 } = await testbed.labs.describe(id);
    const own = await descriptors("self");
    const { rss, heapUsed } = process.memoryUsage();
    samples.push({
      migration,
      toCloudlet: vm3.cloudlet,
      totalS: (outcome.commandEndMs - outcome.commandStartMs) / 1000,
      downtimeMs: outcome.downtimeMs,
      transferredMiB: (outcome.transferredBytes ?? 0) / 2 ** 20,
      harnessRssMiB: rss / 2 ** 20,
      harnessHeapMiB: heapUsed / 2 ** 20,
      harnessDescriptors: own.length,
      harnessSockets: own.filter((link) => link.startsWith("socket:")).length,
      qemuRssMiB: await rssMiB(vm3.pid),
      qemuDescriptors: (await descriptors(vm3.pid)).length,
      ...(await resources(id)),
    });
    process.stdout.write(`${migration}/${migrations} ${outcome.status}\n`);
  }
} finally {
  await lab[Symbol.asyncDispose]();
  await testbed.labs.remove(id);
}

// After a whole round trip the lab has all that it ever has.
const [, steady] = samples;
const last = samples.at(-1);
if (steady === undefined || last === undefined) throw new Error("a soak takes two migrations at least");
const counted = [
  "harnessDescriptors",
  "harnessSockets",
  "qemuDescriptors",
  "namespaces",
  "links",
  "qdiscs",
  "processes",
  "runFiles",
] as const satisfies readonly (keyof Sample)[];
for (const name of counted) {
  const after = samples.filter(({ toCloudlet }) => toCloudlet === last.toCloudlet).at(-1)?.[name] ?? 0;
  const before = samples.find(({ toCloudlet }) => toCloudlet === last.toCloudlet)?.[name] ?? 0;
  if (after > before) failures.push(`${name} grew from ${before} to ${after}`);
}
const growthMiB = {
  harnessRss: slopePerMigration(samples, ({ harnessRssMiB }) => harnessRssMiB) * migrations,
  harnessHeap: slopePerMigration(samples, ({ harnessHeapMiB }) => harnessHeapMiB) * migrations,
  qemuRss: slopePerMigration(samples, ({ qemuRssMiB }) => qemuRssMiB) * migrations,
};
if (growthMiB.harnessRss > HARNESS_LIMIT_MIB)
  failures.push(`the harness grew by ${growthMiB.harnessRss} MiB`);
if (growthMiB.qemuRss > QEMU_LIMIT_MIB) failures.push(`QEMU grew by ${growthMiB.qemuRss} MiB`);

const rounded = (value: number): number => Number(value.toFixed(3));
const summary = {
  benchmark: "soak",
  measuredAt: new Date().toISOString(),
  machine: {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: (await exec(["uname", "-r"])).trim(),
    node: process.version,
    qemu: (await exec(["qemu-system-x86_64", "--version"])).split("\n")[0],
  },
  commit: (await exec(["git", "describe", "--always", "--dirty"])).trim(),
  migrations: samples.length,
  failures,
  growthMiB: {
    harnessRss: rounded(growthMiB.harnessRss),
    harnessHeap: rounded(growthMiB.harnessHeap),
    qemuRss: rounded(growthMiB.qemuRss),
  },
  second: steady,
  last,
};
await mkdir(values.out, { recursive: true });
const cast = { number: (value: number) => String(rounded(value)) };
await writeFileAtomically(join(values.out, "soak.csv"), stringify(samples, { header: true, cast }));
await writeFileAtomically(join(values.out, "soak.json"), `${JSON.stringify(summary, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
