import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecording } from "../../../src/record/read.js";
import { carryOut } from "../../../src/run/run.js";
import { loadScenarios } from "../../../src/run/scenarios.js";
import { FakeTestbed, VirtualClock } from "../fake-testbed.js";
import { asked, nothingClaimed, shippedPlan } from "../fixtures.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-walk-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What a testbed is asked between the probes' start and the end, in a walk of these parameters. */
async function walk(mode: string, gapS: number, cellular = false) {
  const file = join(folder, "walk.yaml");
  await writeFile(
    file,
    `name: walk
title: A walk
thesis: Section 3.3
scenario: device-handover
wan: { bandwidthMbit: 60, rttMs: 20 }
access: { bandwidthMbit: 20, rttMs: 10 }
mode: ${mode}
gapS: ${gapS}
${cellular ? "cellular: { bandwidthMbit: 10, rttMs: 60, jitterMs: 5 }" : ""}
guest: { memoryMiB: 256, vcpus: 1, usedMiB: 128 }
workload: { windowKiB: 256 }
timeline: { attachedS: 4, afterS: 6 }
`,
  );
  const clock = new VirtualClock();
  const testbed = new FakeTestbed(clock);
  const dir = join(folder, "run");
  await carryOut({
    located: await shippedPlan({ experiments: [file] }),
    testbed,
    scenarios: await loadScenarios(),
    dir,
    runId: "r1",
    claim: nothingClaimed,
    asked,
    retries: 0,
    software: { version: "0.0.0", commit: null },
    clock,
    signal: new AbortController().signal,
    report: () => undefined,
  });
  const { cells } = await readRecording(dir);
  const calls = testbed.calls.slice(
    testbed.calls.indexOf("startProbes") + 1,
    testbed.calls.indexOf("finish"),
  );
  return { record: cells[0]?.record, calls };
}

describe("from Wi-Fi to Wi-Fi (Figs 3.4 to 3.6)", () => {
  const across = ["leave wifi1", "wait", "enter wifi2", "join wifi2 regular"];

  it.each(["full", "backup"])(
    "opens a new subflow after a gap, and then withdraws the old one, in mode %s",
    async (mode) => {
      const { calls } = await walk(mode, 5);
      expect(calls).toEqual(["wait", ...across, "withdraw wifi1", "wait"]);
    },
  );

  it("breaks the old subflow before it makes the new one in single-path mode", async () => {
    const { calls } = await walk("single-path", 5);
    expect(calls).toEqual(["wait", "leave wifi1", "abandon wifi1", ...across.slice(1), "wait"]);
  });

  it("has both in use where the networks overlap", async () => {
    const { calls } = await walk("full", -2);
    const both = ["enter wifi2", "join wifi2 regular", "wait", "leave wifi1", "withdraw wifi1"];
    expect(calls).toEqual(["wait", ...both, "wait"]);
  });

  it("has the new one stand by until the old one is gone, in backup mode", async () => {
    const { calls } = await walk("backup", -2);
    const standby = ["enter wifi2", "join wifi2 backup", "wait", "leave wifi1", "withdraw wifi1"];
    expect(calls).toEqual(["wait", ...standby, "prioritise wifi2 regular", "wait"]);
  });

  it("makes no use of the overlap in single-path mode but that the address is there", async () => {
    const { calls } = await walk("single-path", -2);
    const broken = ["enter wifi2", "wait", "leave wifi1", "abandon wifi1", "join wifi2 regular"];
    expect(calls).toEqual(["wait", ...broken, "wait"]);
  });
});

describe("from Wi-Fi over 3G/4G to Wi-Fi (Figs 3.7 and 3.8)", () => {
  it("keeps 3G/4G as a backup, before and after, in backup mode", async () => {
    const { calls } = await walk("backup", 5, true);
    expect(calls).toEqual([
      ...["enter cellular", "join cellular backup", "wait"],
      ...["leave wifi1", "withdraw wifi1", "wait"],
      ...["enter wifi2", "join wifi2 regular", "wait"],
    ]);
  });

  it("opens 3G/4G only once Wi-Fi is gone in single-path mode, and the second Wi-Fi only once 3G/4G is", async () => {
    const { calls } = await walk("single-path", 5, true);
    expect(calls).toEqual([
      ...["enter cellular", "wait"],
      ...["leave wifi1", "abandon wifi1", "join cellular regular", "wait"],
      ...["enter wifi2", "abandon cellular", "join wifi2 regular", "wait"],
    ]);
  });
});

it("is recorded with the walk that it is a measurement of, and its link attested", async () => {
  const { record } = await walk("backup", 5, true);
  expect(record).toMatchObject({
    id: "bw60-rtt20-backup-gap5-r1",
    status: "ok",
    scenario: "device-handover",
    parameters: { walk: { mode: "backup", gapS: 5, cellular: { rateBps: 10e6, rttMs: 60, jitterMs: 5 } } },
    attestation: { verdict: "valid" },
  });
  // Four seconds before, five between, six after: none of it is overhead.
  expect((record?.durationS ?? 0) - (record?.overheadS ?? 0)).toBeCloseTo(15, 6);
});
