/**
 * One bulk TCP flow over the same bottleneck in ns-3 and in this project's simulation: frames delivered
 * per second of wall clock on one core, and the goodput that each gives. CUBIC, SACK, 1448-byte segments,
 * no offload, one drop-tail queue that covers nothing but the backlog.
 *
 *   apt-get install --no-install-recommends g++ pkg-config libns3-dev libgsl-dev
 *   npx tsx bench/compare-ns3.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { BulkFlow, FRAME } from "../test/testbed/sim/bulk-flow.js";

/** Rate, one-way delay and queue of the bottleneck, and how long to simulate. */
const paths = [
  { rateMbit: 60, delayMs: 10, queuePackets: 500, seconds: 60 },
  { rateMbit: 175, delayMs: 10, queuePackets: 500, seconds: 30 },
  { rateMbit: 350, delayMs: 10, queuePackets: 1000, seconds: 20 },
] as const;

const modules = ["applications", "internet", "point-to-point", "network", "traffic-control", "core"];

interface Result {
  readonly frames: number;
  readonly wallS: number;
  readonly goodputMbit: number;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), "cloudlet-ns3-"));
try {
  const program = join(folder, "bulk-flow");
  await compile(program);
  print("| Mbit/s × RTT ms, queue | simulator | frames/s of one core | goodput Mbit/s |\n|---|---|---|---|");
  for (const path of paths) {
    const label = `${path.rateMbit} × ${2 * path.delayMs}, ${path.queuePackets}`;
    report(label, "ns-3", await inNs3(program, path));
    report(label, "this project", inThisProject(path));
  }
} finally {
  await rm(folder, { recursive: true });
}

async function compile(program: string): Promise<void> {
  const source = fileURLToPath(new URL("ns3/bulk-flow.cc", import.meta.url));
  const { stdout } = await execa("pkg-config", [
    "--cflags",
    "--libs",
    ...modules.map((name) => `ns3-${name}`),
  ]);
  await execa("g++", ["-O2", "-std=c++17", "-o", program, source, ...stdout.trim().split(/\s+/)]);
}

async function inNs3(program: string, path: (typeof paths)[number]): Promise<Result> {
  const { rateMbit, delayMs, queuePackets, seconds } = path;
  const { stdout } = await execa(program, [rateMbit * 1e6, delayMs, queuePackets, seconds].map(String));
  return JSON.parse(stdout) as Result;
}

function inThisProject({ rateMbit, delayMs, queuePackets, seconds }: (typeof paths)[number]): Result {
  // netem's limit covers the delay line too: what it holds in one delay is added to the queue.
  const inDelayLine = Math.ceil((rateMbit * 1e6 * delayMs) / 8000 / FRAME);
  const flow = new BulkFlow({
    forward: { rateBps: rateMbit * 1e6, delayMs, limitPackets: queuePackets + inDelayLine },
    back: { rateBps: rateMbit * 1e6, delayMs, limitPackets: queuePackets + inDelayLine },
    rmemMaxBytes: 32 * 2 ** 20,
  });
  const startMs = performance.now();
  flow.run(seconds * 1000);
  return {
    frames: flow.forward.delivered + flow.back.delivered,
    wallS: (performance.now() - startMs) / 1000,
    goodputMbit: (flow.receiver.readBytes * 8) / seconds / 1e6,
  };
}

function report(label: string, simulator: string, { frames, wallS, goodputMbit }: Result): void {
  print(`| ${label} | ${simulator} | ${Math.round(frames / wallS)} | ${goodputMbit.toFixed(1)} |`);
}
