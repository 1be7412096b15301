import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure.js";
import { monotonicMs } from "../../host/wall-clock.js";
import type { Namespace } from "../../host/namespace.js";
import { summarizePing, type RttSummary } from "../../probe/ping.js";
import { cloudlets } from "./layout.js";
import type { Namespaces } from "./topology.js";

const UDP_PORT = 5300;
/** Fills 1514-byte frames: 14 Ethernet, 20 IP, 8 UDP. */
const UDP_PAYLOAD_BYTES = 1472;
const OVERLOAD = 1.1;
const WINDOW_MS = 800;

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

/**
 * The link's rate from cloudlet 1 to cloudlet 2: what arrives while more is sent than it carries. UDP, since
 * TCP would measure its own window at a large bandwidth-delay product; counted at the receiving interface in
 * link-layer bytes, as tbf counts them.
 *
 * @returns bits per second.
 */
export async function measureRate(
  { vm1, vm2 }: Namespaces,
  link: { rateBps: number; rttMs: number },
  signal: AbortSignal,
): Promise<number> {
  const server = vm2.spawn(["iperf3", "--server", "--one-off", "--port", String(UDP_PORT)], {
    discardOutput: true,
  });
  try {
    await untilListening(vm2, signal);
    const client = vm1.spawn(
      [
        ...(["iperf3", "--client", cloudlets.vm2.wanAddress, "--port", String(UDP_PORT), "--udp"] as const),
        ...["--bandwidth", String(Math.ceil(link.rateBps * OVERLOAD)), "--length", String(UDP_PAYLOAD_BYTES)],
        ...["--time", "30"],
      ],
      { discardOutput: true },
    );
    try {
      await untilBusy(vm2, signal);
      // One round trip and a little more, until the queue is full and the rate settled.
      await sleep(link.rttMs + 200, undefined, { signal });
      const before = await receivedBytes(vm2);
      await sleep(WINDOW_MS, undefined, { signal });
      const after = await receivedBytes(vm2);
      return ((after.bytes - before.bytes) * 8000) / (after.atMs - before.atMs);
    } finally {
      await client.stop(200);
    }
  } finally {
    await server.stop(200);
  }
}

async function receivedBytes(vm2: Namespace): Promise<{ bytes: number; atMs: number }> {
  const startMs = monotonicMs();
  const text = await vm2.exec(["cat", "/sys/class/net/eth1/statistics/rx_bytes"]);
  return { bytes: Number(text), atMs: (startMs + monotonicMs()) / 2 };
}

async function untilListening(vm2: Namespace, signal: AbortSignal): Promise<void> {
  await poll(
    async () => (await vm2.exec(["ss", "-tlnH", "sport", "=", `:${UDP_PORT}`])) !== "",
    "iperf3 did not start listening on cloudlet 2",
    signal,
  );
}

/** Datagrams are arriving: more than the control connection would bring. */
async function untilBusy(vm2: Namespace, signal: AbortSignal): Promise<void> {
  let last = await receivedBytes(vm2);
  await poll(
    async () => {
      const now = await receivedBytes(vm2);
      const grown = now.bytes - last.bytes;
      last = now;
      return grown > 20 * UDP_PAYLOAD_BYTES;
    },
    "no datagrams crossed the link between the cloudlets",
    signal,
  );
}

async function poll(done: () => Promise<boolean>, failure: string, signal: AbortSignal): Promise<void> {
  const deadline = monotonicMs() + 10_000;
  while (!(await done())) {
    if (monotonicMs() > deadline) throw new Failure(failure, { kind: "cell" });
    await sleep(20, undefined, { signal });
  }
}
