/**
 * How long `cloudlet --version` and `--help` take beside a bare `node -e 0`, with oclif's manifest and without it, turn
 * by turn in one run, so that a busy machine slows all of them. Runs the built code: npm run build first. Exits with 1
 * where the slower of the two takes more than LIMIT times as long as a bare start.
 *
 *   npx tsx bench/cli-start.ts [rounds, default 31]
 */
import { spawnSync } from "node:child_process";
import { rename } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { median, min } from "simple-statistics";
import { writeFileAtomically } from "../src/record/atomic-file.js";

const LIMIT = 3;

const root = join(import.meta.dirname, "..");
const manifest = join(root, "oclif.manifest.json");
const rounds = Number(process.argv[2] ?? 31);
const starts = {
  bare: ["-e", "0"],
  version: ["bin/run.js", "--version"],
  help: ["bin/run.js", "--help"],
};
type Start = keyof typeof starts;
const names = Object.keys(starts) as Start[];

function tookMs(args: readonly string[]): number {
  const startMs = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
  return performance.now() - startMs;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;

function measure(): Record<Start, { medianMs: number; minMs: number }> {
  const timesMs: Record<Start, number[]> = { bare: [], version: [], help: [] };
  // Files that are read for the first time are no part of it.
  for (const name of names) tookMs(starts[name]);
  for (let round = 0; round < rounds; round++)
    for (const name of names) timesMs[name].push(tookMs(starts[name]));
  const summary = (name: Start) => ({
    medianMs: rounded(median(timesMs[name])),
    minMs: rounded(min(timesMs[name])),
  });
  return { bare: summary("bare"), version: summary("version"), help: summary("help") };
}

const withManifest = measure();
const aside = `${manifest}.aside`;
await rename(manifest, aside);
let withoutManifest;
try {
  withoutManifest = measure();
} finally {
  await rename(aside, manifest);
}

const { bare, version, help } = withManifest;
const ratio = Math.max(version.medianMs, help.medianMs) / bare.medianMs;
const result = {
  benchmark: "cli-start",
  measuredAt: new Date().toISOString().slice(0, 10),
  machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
  rounds,
  withoutManifest,
  withManifest,
  ratio: rounded(ratio),
  limit: LIMIT,
};
const text = `${JSON.stringify(result, undefined, 2)}\n`;
await writeFileAtomically(join(root, "results/bench/cli-start.json"), text);
process.stdout.write(text);
process.exitCode = ratio <= LIMIT ? 0 : 1;
