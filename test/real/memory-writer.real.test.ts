import { beforeEach, expect, it } from "vitest";
import { testbed } from "../../src/testbed/netns/index.js";
import { handoverWith } from "../faults/handover-with.js";
import { machineState } from "./machine-state.js";
import { requireNetns } from "./require-testbed.js";

beforeEach(requireNetns());

it("writes VM3's memory at the rate asked for, before and after the migration, which sends it again", async () => {
  const before = await machineState();
  const runId = `writer${process.pid}`;
  const { signal } = new AbortController();
  const session = await testbed.open({ runId, seed: 1, signal, note: () => undefined });
  try {
    const undisturbed = { step: "migrating", afterMs: 0, inject: () => Promise.resolve() } as const;
    const asked = {
      guest: { memoryMiB: 256, vcpus: 1, usedMiB: 160 },
      workload: { flows: ["device" as const], windowKiB: 64, writer: { rateMiBPerS: 2, workingSetMiB: 16 } },
    };
    const { record } = await handoverWith({ ...undisturbed, asked }, session, runId);
    // Neither the writer's rate nor anything else: a noisy machine may only fail the link's attestation.
    expect(record.reasons.filter((reason) => !/ the link's (RTT|rate) was /.test(reason))).toEqual([]);
    expect(record.migration?.status).toBe("completed");
    expect(record.evidence?.writer?.writtenMiB).toBeGreaterThan(16);
    // Once round the working set, at least, was dirty again when all of memory had been sent.
    expect(record.migration?.dirtySyncCount).toBeGreaterThan(2);
    expect(record.migration?.normalBytes).toBeGreaterThan((asked.guest.usedMiB + 8) * 2 ** 20);
  } finally {
    await session[Symbol.asyncDispose]();
  }
  expect(await machineState()).toEqual(before);
}, 300_000);
