/**
 * How well the 10 ms probe tells outages: a link in the middle of a path is cut for a known time, and the
 * probe's answer compared, while QEMU migrates a guest on the same cores.
 *
 *   npm run bench:probe [-- --repeat 10] [-- --no-load]      (root; prints a table and writes JSON to results/)
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { max, mean } from "simple-statistics";
import { localHost } from "../src/host/local-host.js";
import { Namespace } from "../src/host/namespace.js";
import { exec } from "../src/host/process.js";
import { monotonicMs, realtimeOffsetMs } from "../src/host/wall-clock.js";
import {
  captureCommand,
  fpingCommand,
  parseEcho,
  probeSamples,
  type EchoPacket,
} from "../src/probe/dual-address.js";
import type { ProbeSample } from "../src/record/series.js";

const { values } = parseArgs({
  options: {
    repeat: { type: "string", default: "10" },
    "no-load": { type: "boolean", default: false },
    out: { type: "string", default: "results/bench/probe-outage.json" },
  },
});
const repeat = Number(values.repeat);
const outagesMs = [200, 861, 1878, 2811];

const device = new Namespace(`bench-${process.pid}-device`, localHost);
const path = new Namespace(`bench-${process.pid}-path`, localHost);
const server = new Namespace(`bench-${process.pid}-server`, localHost);

/** device — bridge — server; the cut is on the bridge's far side, so that the device's own link stays up. */
async function build(): Promise<void> {
  for (const namespace of [device, path, server]) await namespace.create();
  await path.ip(
    `link add near type veth peer name eth0 netns ${device.name}`,
    `link add far type veth peer name eth0 netns ${server.name}`,
    "link add bridge0 type bridge forward_delay 0 stp_state 0",
    "link set near master bridge0 up",
    "link set far master bridge0 up",
    "link set bridge0 up",
  );
  await device.ip("link set lo up", "address add 10.1.1.14/24 dev eth0", "link set eth0 up");
  await server.ip("link set lo up", "address add 10.1.1.15/24 dev eth0", "link set eth0 up");
  // The cut must lose packets, not the knowledge of who is where.
  const mac = async (namespace: Namespace) =>
    (await namespace.exec(["cat", "/sys/class/net/eth0/address"])).trim();
  await device.ip(`neighbor replace 10.1.1.15 lladdr ${await mac(server)} dev eth0 nud permanent`);
  await server.ip(`neighbor replace 10.1.1.14 lladdr ${await mac(device)} dev eth0 nud permanent`);
}

interface Cut {
  readonly injectedMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Moments at which the far port went down and up, ms on the monotonic clock, as netlink told a real-time listener. */
const portEvents: { readonly up: boolean; readonly tMs: number }[] = [];

/** `ip -ts monitor` stamps each event when it reads it; starting `ip` to make the event takes far longer under load. */
function watchPort() {
  const offsetMs = realtimeOffsetMs();
  const monitor = path.spawn(["env", "TZ=UTC", "chrt", "--fifo", "41", "ip", "-ts", "-o", "monitor", "link"]);
  const reading = (async () => {
    for await (const line of monitor.lines) {
      const match = /^\[(\S+?)\] \d+: far@\S+ <([^>]*)>/.exec(line);
      if (match === null) continue;
      const [, stamp = "", flags = ""] = match;
      const [whole = "", micros = "0"] = stamp.split(".");
      const unixMs = Date.parse(`${whole}Z`) + Number(micros) / 1000;
      portEvents.push({ up: flags.split(",").includes("UP"), tMs: unixMs - offsetMs });
    }
  })().catch(() => undefined);
  return { stop: () => monitor.stop().then(() => reading) };
}

/** Cuts the path at the bridge's far port. */
async function cut(forMs: number): Promise<Cut> {
  const edge = async (up: boolean) => {
    const startMs = monotonicMs();
    await path.exec(["chrt", "--fifo", "41", "ip", "link", "set", "far", up ? "up" : "down"]);
    for (;;) {
      const event = portEvents.find((each) => each.up === up && each.tMs >= startMs - 1);
      if (event !== undefined) return event.tMs;
      await sleep(5);
    }
  };
  const fromMs = await edge(false);
  await sleep(forMs - (monotonicMs() - fromMs));
  const toMs = await edge(true);
  return { injectedMs: toMs - fromMs, fromMs, toMs };
}

/** From the middle between the last answered and the first lost request to that at the other end. */
function reportedOutageMs(samples: readonly ProbeSample[], { fromMs, toMs }: Cut): number {
  const lost = samples.filter(
    ({ sentMs, receivedMs }) => receivedMs === null && sentMs > fromMs - 100 && sentMs < toMs + 100,
  );
  const first = lost[0];
  const last = lost.at(-1);
  if (first === undefined || last === undefined) return 0;
  const before = samples.findLast(({ sentMs, receivedMs }) => receivedMs !== null && sentMs < first.sentMs);
  const after = samples.find(({ sentMs, receivedMs }) => receivedMs !== null && sentMs > last.sentMs);
  if (before === undefined || after === undefined) return Number.NaN;
  return (after.sentMs + last.sentMs) / 2 - (before.sentMs + first.sentMs) / 2;
}

/** Migrations one after another for as long as the signal says. */
async function load(signal: AbortSignal): Promise<void> {
  const cloudlet = fileURLToPath(new URL("../bin/run.js", import.meta.url));
  while (!signal.aborted) {
    const args = [
      cloudlet,
      "run",
      "grid",
      "--testbed",
      "netns",
      "--profile",
      "modern",
      "--only",
      "bw=350,rtt=20",
    ];
    await execa(process.execPath, [...args, "--repeat", "20", "--out", `/tmp/bench-${process.pid}`], {
      reject: false,
      cancelSignal: signal,
      killSignal: "SIGINT",
      forceKillAfterDelay: 30_000,
    });
    await exec(["rm", "-rf", `/tmp/bench-${process.pid}`]);
  }
}

const ending = new AbortController();
const loaded = values["no-load"] ? Promise.resolve() : load(ending.signal);
try {
  await build();
  if (!values["no-load"]) await sleep(8000);
  const watching = watchPort();
  const packets: EchoPacket[] = [];
  const capture = device.spawn(captureCommand());
  const reading = (async () => {
    for await (const line of capture.lines) {
      const packet = parseEcho(line);
      if (packet !== undefined) packets.push(packet);
    }
  })().catch(() => undefined);
  await sleep(500);
  const fping = device.spawn(fpingCommand("10.1.1.15"), { discardOutput: true });
  await sleep(1000);

  const cuts: (Cut & { nominalMs: number })[] = [];
  for (let round = 0; round < repeat; round++) {
    for (const nominalMs of outagesMs) {
      cuts.push({ nominalMs, ...(await cut(nominalMs)) });
      await sleep(700);
    }
  }
  const offsetMs = realtimeOffsetMs();
  await watching.stop();
  await fping.stop();
  await capture.stop();
  await reading;

  const samples = probeSamples(packets, { old: "10.1.1.15", next: "0.0.0.0" }, offsetMs);
  const lags = samples.map(({ sentMs, scheduledMs }) => sentMs - scheduledMs);
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) throw new Error("no probes were captured");
  const intervalMs = (last.sentMs - first.sentMs) / (last.sequence - first.sequence);
  const onTime = lags.filter((lag) => lag <= 1).length / lags.length;
  const rows = outagesMs.map((nominalMs) => {
    const errors = cuts
      .filter((each) => each.nominalMs === nominalMs)
      .map((each) => reportedOutageMs(samples, each) - each.injectedMs);
    return {
      outageMs: nominalMs,
      n: errors.length,
      meanErrorMs: Number(mean(errors).toFixed(2)),
      worstErrorMs: Number(max(errors.map(Math.abs)).toFixed(2)),
    };
  });
  const result = {
    load: values["no-load"]
      ? "none"
      : "cloudlet run grid --only bw=350,rtt=20 (QEMU migrating) on the same cores",
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version },
    probes: samples.length,
    meanIntervalMs: Number(intervalMs.toFixed(4)),
    withinOneMsOfSchedule: Number(onTime.toFixed(5)),
    worstLagMs: Number(max(lags).toFixed(2)),
    outages: rows,
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  await writeFile(values.out, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  ending.abort();
  await loaded.catch(() => undefined);
  for (const namespace of [device, path, server]) await namespace.delete().catch(() => undefined);
}
