import { setTimeout as sleep } from "node:timers/promises";
import type { LinkParameters } from "../../experiment/plan.js";
import { Failure } from "../../failure.js";
import type { TimedCounters } from "../../host/host.js";
import { type InterfaceCounters, parseInterfaceCounters } from "../../host/interface-counters.js";
import type { Namespace } from "../../host/namespace.js";
import type { Running } from "../../host/process.js";
import { monotonicMs } from "../../host/wall-clock.js";
import { summarizePing, type RttSummary } from "../../probe/ping.js";
import type { LinkMeasurement } from "../../record/schema.js";
import { startIperfServer } from "../flow/iperf-server.js";
import { cloudlets } from "./layout.js";
import type { Shaper } from "./shaper.js";
import { parseSysctls, sysctlCommand } from "./sysctls.js";
import type { Namespaces } from "./topology.js";

/** Another than the flow's between the cloudlets. */
const PORT = 5300;
/** A cloudlet's interface on the link between the cloudlets. */
const WAN_DEVICE = "eth1";
/** Fills 1514-byte frames: 14 Ethernet, 20 IP, 8 UDP. */
const UDP_PAYLOAD_BYTES = 1472;
const OVERLOAD = 1.1;
const WINDOWS = 4;
const WINDOW_MS = 300;

/** RTT, rate and configuration of the link between the cloudlets, with nothing else on it. */
export async function measureLink(
  { namespaces, shaper }: { readonly namespaces: Namespaces; readonly shaper: Shaper },
  wan: LinkParameters,
  signal: AbortSignal,
): Promise<Omit<LinkMeasurement, "atMs">> {
  const rtt = await measureRtt(namespaces.vm1, 15, signal);
  const load = loadOf(wan);
  const rateBps = await measureRate(namespaces, load, signal);
  const sysctls = async (machine: "vm1" | "vm2" | "vm4") =>
    [machine, parseSysctls(await namespaces[machine].exec(sysctlCommand("sysctl")))] as const;
  const [qdiscs, offloads, routes, ...inForce] = await Promise.all([
    shaper.qdiscs("wan"),
    shaper.offloads("wan"),
    namespaces.vm1.exec(["ip", "route", "get", cloudlets.vm2.wanAddress]),
    ...(["vm1", "vm2", "vm4"] as const).map(sysctls),
  ]);
  return {
    rtt: { ...rtt },
    rateBps: Math.round(rateBps),
    method: `${load.name}, counted at cloudlet 2's interface: the best of ${WINDOWS} × ${WINDOW_MS} ms`,
    qdiscs,
    offloads,
    congestionControl: {
      "vm1 → vm2": / congctl (?:lock )?(\S+)/.exec(routes)?.[1] ?? "the host's default",
    },
    sysctls: Object.fromEntries(inForce),
  };
}

export async function measureRtt(vm1: Namespace, count: number, signal: AbortSignal): Promise<RttSummary> {
  const command = [
    "ping",
    "-n",
    "-c",
    String(count),
    "-i",
    "0.05",
    "-W",
    "5",
    cloudlets.vm2.wanAddress,
  ] as const;
  return summarizePing(await vm1.exec([...command], { signal, accept: [1] }));
}

/** What is sent to find out how much arrives. */
interface Load {
  readonly name: string;
  /** What iperf3's client is told beside where to send. */
  readonly args: readonly string[];
  /** From the first packets until the rate has settled. */
  readonly settleMs: number;
}

/**
 * More than the link carries. A shaped one gets UDP, since TCP would measure its own window at a large
 * bandwidth-delay product. For an unshaped one nobody knows what too much is: a machine that has to drop what UDP
 * floods it with forwards less than it could; and its RTT is too short for TCP's window to matter.
 */
function loadOf({ rateBps, rttMs }: LinkParameters): Load {
  if (rateBps === null) return { name: "iperf3 TCP", args: [], settleMs: 300 };
  return {
    name: `iperf3 UDP at ${OVERLOAD} × rate, 1514 B frames`,
    args: [
      ...["--udp", "--bandwidth", String(Math.ceil(rateBps * OVERLOAD))],
      ...["--length", String(UDP_PAYLOAD_BYTES)],
    ],
    // One round trip and a little more, until the queue is full.
    settleMs: rttMs + 50,
  };
}

/**
 * The link's rate from cloudlet 1 to cloudlet 2: what arrives while more is sent than it carries, counted at the
 * receiving interface in link-layer bytes, as tbf counts them. The best of several windows: a sender that a busy
 * machine holds up offers less than the link carries, while nothing makes a link carry more than it is shaped to.
 *
 * @returns bits per second.
 */
async function measureRate(
  { vm1, vm2 }: Namespaces,
  { args, settleMs }: Load,
  signal: AbortSignal,
): Promise<number> {
  const server = await startIperfServer(vm2, PORT, signal);
  try {
    const client = vm1.spawn(
      ["iperf3", "--client", cloudlets.vm2.wanAddress, "--port", String(PORT), "--time", "30", ...args],
      { discardOutput: true },
    );
    try {
      await untilBusy(vm2, server, signal);
      await sleep(settleMs, undefined, { signal });
      let bestBps = 0;
      let before = await counters(vm2, server);
      for (let window = 0; window < WINDOWS; window++) {
        await sleep(WINDOW_MS, undefined, { signal });
        const after = await counters(vm2, server);
        const receivedBits = (after.receivedBytes - before.receivedBytes) * 8;
        bestBps = Math.max(bestBps, (receivedBits * 1000) / (after.atMs - before.atMs));
        before = after;
      }
      return bestBps;
    } finally {
      await client.stop(200);
    }
  } finally {
    await server.stop(200);
  }
}

/**
 * What crosses the link between the cloudlets by itself, both directions together.
 *
 * @returns bits per second.
 */
export async function measureLoad(vm2: Namespace, signal: AbortSignal): Promise<number> {
  const countedBytes = async (): Promise<number> => {
    const { receivedBytes, sentBytes } = counted(
      parseInterfaceCounters(await vm2.exec(["cat", "/proc/net/dev"]), WAN_DEVICE),
    );
    return receivedBytes + sentBytes;
  };
  const startMs = monotonicMs();
  const before = await countedBytes();
  await sleep(WINDOW_MS, undefined, { signal });
  const after = await countedBytes();
  return ((after - before) * 8000) / (monotonicMs() - startMs);
}

/** @param beside a program in cloudlet 2's namespace. */
async function counters(vm2: Namespace, beside: Running): Promise<TimedCounters> {
  return counted(await vm2.host.readCounters(beside, WAN_DEVICE));
}

function counted<T extends InterfaceCounters>(counters: T | undefined): T {
  if (counters !== undefined) return counters;
  throw new Failure(`cloudlet 2 has no ${WAN_DEVICE} that counts`, { kind: "cell" });
}

/** More is arriving than the control connection would bring. */
async function untilBusy(vm2: Namespace, beside: Running, signal: AbortSignal): Promise<void> {
  const deadline = monotonicMs() + 10_000;
  let last = await counters(vm2, beside);
  for (;;) {
    await sleep(20, undefined, { signal });
    const now = await counters(vm2, beside);
    if (now.receivedBytes - last.receivedBytes > 20 * UDP_PAYLOAD_BYTES) return;
    if (monotonicMs() > deadline) {
      throw new Failure("no load crossed the link between the cloudlets", { kind: "cell" });
    }
    last = now;
  }
}
