import { on } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRunFile } from "../../src/record/read.js";
import { exec } from "../../src/host/process.js";
import { machineState } from "../real/machine-state.js";
import { requireNetns } from "../real/require-testbed.js";
import { twoCells } from "./kill-and-resume.js";

const cloudlet = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
const grid = [
  "grid",
  ...["--only", "rtt=20", "--repeat", "4", "--testbed", "sim", "--profile", "modern", "--seed", "1"],
];
const harness = (...words: string[]) =>
  execa(process.execPath, [cloudlet, ...words], { reject: false, all: true });

let out: string;
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "cloudlet-faults-"));
});
afterEach(() => rm(out, { recursive: true }));

/** Until a run that was just started has a whole cell, or has ended; others are in progress then. */
async function untilACell({ all }: ReturnType<typeof harness>): Promise<void> {
  let said = "";
  for await (const [chunk] of on(all, "data", { close: ["end"] })) {
    said += String(chunk);
    if (said.includes("[1/")) return;
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Signals a run after its first cell, so often, and goes on with it. */
async function interruptAndResume(words: readonly string[], signal: NodeJS.Signals, times: number) {
  const dir = join(out, "run");
  const run = harness("run", ...words, "--out", dir);
  await untilACell(run);
  for (let sent = 0; sent < times; sent++) run.kill(signal);
  const interrupted = await run;
  expect(interrupted.exitCode, interrupted.all).toBe(130);
  expect(interrupted.stderr).toMatch(/--resume/);
  const left = await machineState();

  const resumed = await harness("run", "--resume", dir);
  expect(resumed.exitCode, resumed.all).toBe(0);
  const { run: record } = await readRunFile(dir);
  expect(record.endedAt).not.toBeNull();
  expect((await harness("verify", dir)).exitCode).toBe(0);
  return left;
}

describe.each(signals)("a simulated run that gets %s", (signal) => {
  it.each([1, 2])("%i times, ends in good order and goes on later", async (times) => {
    await interruptAndResume(grid, signal, times);
  });
});

describe.each(signals)("a real run that gets %s", (signal) => {
  beforeEach(requireNetns());

  it.each([1, 2])("%i times, leaves nothing on the machine and goes on later", async (times) => {
    const before = await machineState();
    expect(await interruptAndResume(twoCells(1), signal, times)).toEqual(before);
    expect(await machineState()).toEqual(before);
  });
});

/** Runs on a disk of so many KiB that is full before the end, and goes on once there is room. */
async function fillAndResume(words: readonly string[], sizeKiB: number): Promise<void> {
  const disk = join(out, "disk");
  await exec(["mkdir", disk]);
  await exec(["mount", "-t", "tmpfs", "-o", `size=${sizeKiB}k`, "tmpfs", disk]);
  try {
    const dir = join(disk, "run");
    const full = await harness("run", ...words, "--out", dir);
    expect(full.exitCode, full.all).toBe(3);
    expect(full.stderr).toMatch(/no space/i);
    expect((await readdir(dir, { recursive: true })).filter((path) => /(^|\/)\./.test(path))).toEqual([]);

    await exec(["mount", "-o", "remount,size=64m", disk]);
    const resumed = await harness("run", "--resume", dir);
    expect(resumed.exitCode, resumed.all).toBe(0);
    expect((await harness("verify", dir)).exitCode).toBe(0);
  } finally {
    await exec(["umount", disk]);
  }
}

describe.runIf(process.getuid?.() === 0)("a simulated run whose disk is full", () => {
  it("says so, keeps its whole cells and goes on once there is room", async () => {
    await fillAndResume(grid, 600);
  });
});

describe("a real run whose disk is full", () => {
  beforeEach(requireNetns());

  it("says so, leaves nothing on the machine and goes on once there is room", async () => {
    const before = await machineState();
    await fillAndResume(twoCells(1), 60);
    expect(await machineState()).toEqual(before);
  });
});
