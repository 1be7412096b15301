import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/testbed/contract.js";
import { testbed } from "../../src/testbed/netns/index.js";
import { machineState, type MachineState } from "../real/machine-state.js";
import { requireNetns } from "../real/require-testbed.js";
import { type Fault, handoverWith, type Outcome, type Target } from "./handover-with.js";

/** Of a cloudlet, towards the other. */
const WAN_INTERFACE = "eth1";

/** What cloudlet 1 sends into the WAN, and what comes from there, is lost; interfaces and routes stay. */
const cutWan = async ({ inside }: Target, ms: number) => {
  const chains = [
    ["PREROUTING", "-i"],
    ["POSTROUTING", "-o"],
  ] as const;
  const iptables = (...words: string[]) => inside("vm1", "iptables", "-t", "mangle", ...words);
  for (const [chain, way] of chains) await iptables("-A", chain, way, WAN_INTERFACE, "-j", "DROP");
  await sleep(ms);
  for (const [chain] of chains) await iptables("-F", chain);
};
const wanCut = (ms: number): Fault => ({
  step: "migrating",
  afterMs: 1500,
  inject: (target) => cutWan(target, ms),
});
const killed = (which: "source" | "destination", step: Fault["step"], afterMs: number): Fault => ({
  step,
  afterMs,
  inject: ({ kill, runId }) => kill(`name vm3-[0-9]+-${which}.*${runId}`),
});

/** VM3 has stopped at the source, and does not run at the destination yet. */
const killedInSwitchOver = (which: "source" | "destination"): Fault => ({
  step: "migrating",
  afterMs: 0,
  inject: async ({ find, said, runId }) => {
    const pids = await find(`name vm3-[0-9]+-${which}.*${runId}`);
    await said("STOP");
    for (const pid of pids) process.kill(pid, "SIGKILL");
  },
});

const aliveOn = (address: string): Outcome["vm3"] =>
  expect.arrayContaining([expect.objectContaining({ state: "UP", address })]) as never;
const AT_CLOUDLET_1 = "10.1.1.15/24";
const AT_CLOUDLET_2 = "10.1.2.19/24";

/** Each fault, what the cell's record must say, and where VM3 must be alive; null: nowhere. */
const faults: [name: string, fault: Fault, record: unknown, vm3: Outcome["vm3"]][] = [
  [
    "the destination's QEMU is killed before the migration",
    killed("destination", "slot C: over the WAN", 500),
    { status: "failed", reasons: [expect.stringMatching(/^the migration failed: \S/)] },
    aliveOn(AT_CLOUDLET_1),
  ],
  [
    "the destination's QEMU is killed during the migration",
    killed("destination", "migrating", 1500),
    { status: "failed", reasons: [expect.stringMatching(/^the migration failed: \S/)] },
    aliveOn(AT_CLOUDLET_1),
  ],
  [
    "the source's QEMU is killed during the migration",
    killed("source", "migrating", 1500),
    { status: "failed", migration: { status: "failed", reason: expect.stringMatching(/\S/) as string } },
    null,
  ],
  [
    "the destination's QEMU is killed between STOP and RESUME",
    killedInSwitchOver("destination"),
    { status: "failed", migration: { status: "failed", reason: expect.stringMatching(/\S/) as string } },
    aliveOn(AT_CLOUDLET_1),
  ],
  [
    "the source's QEMU is killed between STOP and RESUME",
    killedInSwitchOver("source"),
    { status: "failed", migration: { status: "failed", reason: expect.stringMatching(/\S/) as string } },
    null,
  ],
  [
    "the source's QEMU is killed after the switch-over",
    killed("source", "slot E: on cloudlet 2", 500),
    { migration: { status: "completed" } },
    aliveOn(AT_CLOUDLET_2),
  ],
  [
    "the destination's QEMU is killed after the switch-over",
    killed("destination", "slot E: on cloudlet 2", 500),
    { status: "failed", migration: { status: "completed" } },
    null,
  ],
  [
    "the guest that shapes the links is killed during the migration",
    {
      step: "migrating",
      afterMs: 1500,
      inject: ({ kill }) => kill("^qemu\\S* -name wan "),
      shaper: "guest",
    },
    {
      status: "failed",
      migration: { status: "failed", reason: "the guest that shapes the links has died" },
    },
    aliveOn(AT_CLOUDLET_1),
  ],
  ["the WAN is cut for 0.5 s", wanCut(500), { migration: { status: "completed" } }, aliveOn(AT_CLOUDLET_2)],
  ["the WAN is cut for 5 s", wanCut(5000), { migration: { status: "completed" } }, aliveOn(AT_CLOUDLET_2)],
  ["the WAN is cut for 60 s", wanCut(60_000), { migration: { status: "completed" } }, aliveOn(AT_CLOUDLET_2)],
  [
    "MPTCP's option is stripped on the device's way to VM3",
    {
      step: "attesting the link",
      afterMs: 0,
      inject: async ({ inside }) => {
        const strip = ["-p", "tcp", "-j", "TCPOPTSTRIP", "--strip-options", "30"];
        await inside("vm4", "iptables", "-t", "mangle", "-A", "POSTROUTING", ...strip);
        // Until the connections have been opened; the cells that follow have theirs.
        await sleep(20_000);
        await inside("vm4", "iptables", "-t", "mangle", "-F", "POSTROUTING");
      },
    },
    {
      status: "failed",
      reasons: expect.arrayContaining([expect.stringMatching(/fell back|MPTCP|fallback/i)]) as string[],
    },
    aliveOn(AT_CLOUDLET_1),
  ],
  [
    "iperf3 hangs",
    {
      step: "slot A: on cloudlet 1",
      afterMs: 300,
      inject: ({ kill }) => kill("^iperf3 --client 10\\.1\\.1\\.15", "SIGSTOP"),
    },
    { status: "failed", reasons: expect.arrayContaining([expect.stringMatching(/iperf3/)]) as string[] },
    expect.anything() as never,
  ],
  [
    "the probe of the device starves",
    {
      step: "migrating",
      afterMs: 300,
      inject: async ({ kill }) => {
        await kill("^fping .*10\\.1\\.1\\.15", "SIGSTOP");
        await sleep(3000);
        await kill("^fping .*10\\.1\\.1\\.15", "SIGCONT");
      },
    },
    { status: expect.stringMatching(/^(invalid|failed)$/) as string },
    aliveOn(AT_CLOUDLET_2),
  ],
];

/** Four times what the link of 60 Mbit/s carries. */
const endless: Fault = {
  step: "migrating",
  afterMs: 0,
  inject: () => Promise.resolve(),
  asked: {
    guest: { memoryMiB: 256, vcpus: 1, usedMiB: 160 },
    workload: { flows: ["device"], windowKiB: 64, writer: { rateMiBPerS: 28, workingSetMiB: 32 } },
  },
};
faults.push([
  "VM3 dirties memory faster than the link carries it",
  endless,
  {
    status: "failed",
    migration: {
      status: "cancelled",
      reason: expect.stringMatching(
        /^did not converge within \d+ s: VM3 dirtied [\d.]+ MiB\/s, the stream carried [\d.]+ MiB\/s$/,
      ) as string,
    },
  },
  aliveOn(AT_CLOUDLET_1),
]);

describe("a handover in which something breaks", () => {
  beforeEach(requireNetns());

  const runId = `fault${process.pid}`;
  let before: MachineState;
  let session: Session;
  beforeAll(async () => {
    before = await machineState();
    const { signal } = new AbortController();
    session = await testbed.open({ runId, seed: 1, signal, note: () => undefined });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    expect(await machineState()).toEqual(before);
  });

  // One after the other on the same machines: each shows that the sweep goes on after the one before.
  it.for(faults)("%s", { timeout: 420_000 }, async ([, fault, record, vm3], { skip }) => {
    const { shaper } = await session.provenance();
    if (fault.shaper !== undefined && fault.shaper !== shaper)
      skip(`here the links are shaped by: ${shaper}`);
    const outcome = await handoverWith(fault, session, runId);
    const { status, reasons, migration } = outcome.record;
    process.stdout.write(`${JSON.stringify({ status, migration: migration?.status, reasons })}\n`);
    expect(outcome.record).toMatchObject(record as object);
    expect(outcome.vm3).toEqual(vm3);
  });

  it("nothing: the cell after all of them is whole", async () => {
    const none: Fault = { step: "migrating", afterMs: 0, inject: () => Promise.resolve() };
    const { record } = await handoverWith(none, session, runId);
    expect(record.migration).toMatchObject({ status: "completed" });
    expect(record.reasons.filter((reason) => !/ the link's (RTT|rate) was /.test(reason))).toEqual([]);
  });
});
