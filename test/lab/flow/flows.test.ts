import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localHost } from "../../../src/host/local-host.js";
import { Namespace } from "../../../src/host/namespace.js";
import { spawn, type CommandLine, type Running } from "../../../src/host/process.js";
import { CellClock } from "../../../src/lab/cell-clock.js";
import { hostsOf } from "../../../src/lab/network/topology.js";
import { Flows } from "../../../src/lab/flow/flows.js";
import { SILENCE_LIMIT_MS } from "../../../src/lab/silence.js";
import { failureFrom } from "../../experiment/failure-of.js";
import { fixturePath } from "../../fixtures/fixture.js";
import { shippedPlan } from "../../run/fixtures.js";

const plan = async () => (await shippedPlan({ experiments: ["baseline-throughput"] })).plan;

/** What the programs of a flow would say, by how their command line begins inside the namespace. */
const usual = {
  "iperf3 --server": "sleep 600",
  "iperf3 --client 134.117.64.1":
    'for i in 0 1 2 3; do echo "[  5]   0.${i}0-0.$((i + 1))0   sec  1.0 MBytes  80000 Kbits/sec    ${i}   1.41 KBytes"; done; sleep 600',
  "mptcpize run iperf3 --client 10.1.1.15":
    'echo "[  5]   0.00-0.10   sec  1.0 MBytes  40000 Kbits/sec    0   1.41 KBytes"; sleep 600',
  "ping -n -D -O -i 0.2 134.117.64.1":
    'echo "[1000.020000] 64 bytes from 134.117.64.1: icmp_seq=1 ttl=64 time=20.0 ms"; sleep 600',
} as const;

const socket = (token: string, sent: number) =>
  `ESTAB 0 0 10.1.1.14:40000 10.1.1.15:5201 bytes_sent:${sent} tcp-ulp-mptcp flags:Mmec token:0000(id:0)/${token}(id:0)`;
const answers = {
  "ss -tlnH": "LISTEN 0 1 *:5201 *:*",
  "ss -tniH": [socket("c0", 200), socket("da", 4_000_000)].join("\n"),
  "ping -n -c 1": "",
  "nstat -aszj": '{"kernel":{"MPTcpExtMPCapableSYNTX":2}}',
} as const;

let started: { command: string; running: Running }[] = [];
beforeEach(() => {
  started = [];
});
afterEach(() => Promise.all(started.map(({ running }) => running.stop(0))));

/** The cell's flows between namespaces in which every program is a shell script. */
async function flowsOver(scripts: Record<string, string>, replies: Record<string, string> = answers) {
  const known = (command: CommandLine, by: Record<string, string>) => {
    const [, , , name = "", ...words] = command;
    const line = words.join(" ");
    const found = Object.entries(by).find(([start]) => line.startsWith(start));
    if (found === undefined) throw new Error(`nobody expected ${line}`);
    return { line: `${name}: ${line}`, value: found[1] };
  };
  let counted = 0;
  const namespace = (name: string) =>
    new Namespace(name, {
      ...localHost,
      exec: (command) => {
        const { line, value } = known(command, replies);
        // Each look at the counters after the first finds two connections more.
        if (line.includes("nstat") && counted++ === 0) return Promise.resolve('{"kernel":{}}');
        return Promise.resolve(value);
      },
      spawn: (command, options) => {
        const { line, value } = known(command, scripts);
        const running = spawn(["sh", "-c", `trap 'kill 0' INT; ${value} & wait`], options);
        started.push({ command: line, running });
        return running;
      },
    });
  const [cell] = (await plan()).cells;
  if (cell === undefined) throw new Error("no cell");
  const { signal } = new AbortController();
  const namespaces = {
    host: namespace("host"),
    vm1: namespace("vm1"),
    vm2: namespace("vm2"),
    vm4: namespace("vm4"),
  };
  const clock = await CellClock.start(hostsOf(namespaces), signal);
  const events: unknown[] = [];
  const flows = new Flows({ namespaces, cell, clock, signal }, (name, _source, detail) => {
    events.push([name, detail?.flow]);
  });
  return { flows, events };
}

describe("Flows", () => {
  it("runs the flow between the cloudlets against the migration, with a server of its own", async () => {
    const { flows, events } = await flowsOver(usual);
    await flows.observeThroughput("cloudlets", 50);
    expect(events).toEqual([
      ["flow-started", "cloudlets"],
      ["flow-ended", "cloudlets"],
    ]);
    expect(started.map(({ command }) => command)).toEqual([
      "vm1: iperf3 --server --one-off --port 5201",
      expect.stringMatching(/^vm2: iperf3 --client 134\.117\.64\.1 --port 5201 .*--window 64K /),
    ]);
    // Both have ended, or this would not.
    await Promise.all(started.map(({ running }) => running.ended));
    expect(flows.iperfSeries.map(({ flow, bytes, retransmits }) => [flow, bytes, retransmits])).toEqual(
      [0, 1, 2, 3].map((retransmits) => ["cloudlets", 1e6, retransmits]),
    );
    expect(flows.evidence(false)).toEqual({
      tokenBefore: null,
      tokenAfter: null,
      counters: {},
      findings: [],
    });
  });

  it("runs the device's flow over MPTCP to VM3, and proves that it was", async () => {
    const { flows, events } = await flowsOver(usual);
    await flows.observeThroughput("device", 50);
    expect(events).toEqual([
      ["flow-started", "device"],
      ["flow-ended", "device"],
    ]);
    expect(started.map(({ command }) => command)).toEqual([
      expect.stringMatching(/^vm4: mptcpize run iperf3 --client 10\.1\.1\.15 /),
    ]);
    await Promise.all(started.map(({ running }) => running.ended));
    expect(flows.iperfSeries).toMatchObject([{ flow: "device", bytes: 500_000 }]);
    expect(flows.evidence(false)).toEqual({
      tokenBefore: "da",
      tokenAfter: "da",
      counters: { MPTcpExtMPCapableSYNTX: 2 },
      findings: [],
    });
    expect(flows.evidence(true).findings, "nothing moved").not.toEqual([]);
  });

  it("refuses a connection that fell back to TCP, and ends its iperf3", async () => {
    const { flows } = await flowsOver(usual, {
      ...answers,
      "nstat -aszj": '{"kernel":{"MPTcpExtMPCapableSYNTX":2,"MPTcpExtMPCapableFallbackSYNACK":2}}',
    });
    const failure = await failureFrom(flows.start(["device"]));
    expect(failure).toMatchObject({
      kind: "cell",
      message:
        "the device's flow is not over MPTCP: MPTcpExtMPCapableFallbackSYNACK grew by 2: a fallback to plain TCP",
    });
    await Promise.all(started.map(({ running }) => running.ended));
  });

  it("pings along a flow's path, and says what it pinged", async () => {
    const { flows } = await flowsOver(usual);
    await flows.observeRtt("cloudlets", 200);
    expect(started.map(({ command }) => command)).toEqual(["vm2: ping -n -D -O -i 0.2 134.117.64.1"]);
    await Promise.all(started.map(({ running }) => running.ended));
    expect(flows.pingSeries).toMatchObject([{ address: "vm1", sequence: 1, rttMs: 20 }]);
  });

  it("fails with iperf3's own words when it does not start, and leaves no server behind", async () => {
    const { flows, events } = await flowsOver({
      ...usual,
      "iperf3 --client 134.117.64.1": "echo 'iperf3: error - unable to connect to server' >&2; exit 1",
    });
    const failure = await failureFrom(flows.observeThroughput("cloudlets", 50));
    expect(failure).toMatchObject({
      kind: "cell",
      message: "iperf3's cloudlets flow ended by itself: iperf3: error - unable to connect to server",
    });
    await Promise.all(started.map(({ running }) => running.ended));
    expect(events).toEqual([]);
  });

  it("names iperf 2 where iperf3 is meant", async () => {
    const { flows } = await flowsOver({
      ...usual,
      "iperf3 --client 134.117.64.1": `cat '${fixturePath("iperf-2.1.8-client.txt")}'; sleep 600`,
    });
    expect(await failureFrom(flows.observeThroughput("cloudlets", 50))).toMatchObject({
      kind: "environment",
      message: "iperf 2 answered as iperf3",
      mend: "install iperf3 3.12 or later",
    });
  });

  it("does not take the silence of an iperf3 that hangs for a path without throughput", async () => {
    // Its last interval comes at once; then it says nothing for longer than the limit.
    const silentMs = SILENCE_LIMIT_MS + 300;
    const [between, device] = [await flowsOver(usual), await flowsOver(usual)];
    await device.flows.start(["device"]);
    const failure = await failureFrom(between.flows.observeThroughput("cloudlets", silentMs));
    expect(failure.kind).toBe("cell");
    expect(failure.message).toMatch(/^iperf3's cloudlets flow reported nothing for \d\.\d s: it hung$/);
    await between.flows.stop();
    await device.flows.end();
    expect(device.flows.evidence(false).findings).toEqual([
      expect.stringMatching(/^iperf3's device flow reported nothing for \d\.\d s: it hung$/),
    ]);
  });

  it("does not take the silence of an iperf3 that has ended for a path without throughput", async () => {
    const { flows } = await flowsOver({
      ...usual,
      "iperf3 --client 134.117.64.1":
        'echo "[  5]   0.00-0.10   sec  1.0 MBytes  80000 Kbits/sec    0   1.41 KBytes"; sleep 0.1; exit 1',
    });
    const failure = await failureFrom(flows.observeThroughput("cloudlets", 1000));
    expect(failure.message).toMatch(/^iperf3's cloudlets flow ended by itself/);
    await flows.stop();
    await Promise.all(started.map(({ running }) => running.ended));
  });
});
