import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runPlan } from "../../src/cli/run-plan.js";
import { loadTestbeds } from "../../src/cli/testbeds.js";
import { readRecording, readRunFile } from "../../src/record/read.js";
import { FakeTestbed, VirtualClock } from "../run/fake-testbed.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-plan-"));
});
afterEach(() => rm(folder, { recursive: true }));

const silent = () => undefined;

function requestOf(testbed: FakeTestbed) {
  return {
    experiments: ["grid"],
    profile: "modern",
    only: "bw=60",
    repeat: { minRepeat: 1, maxRepeat: 1 },
    seed: undefined,
    dir: join(folder, "run"),
    testbed,
    software: { version: "0.0.0", commit: null },
  };
}

it("draws a seed, records it, and goes on with it after an interruption", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const seeds = [41, 42, 43, 44];
  const edge = { clock, randomSeed: () => seeds.shift() ?? 0 };
  let begun = 0;
  const interrupted = new FakeTestbed(clock, () => ({
    during: (method) => {
      if (method === "begin" && ++begun === 3) controller.abort(new Error("Ctrl-C"));
    },
  }));
  const first = await runPlan(requestOf(interrupted), edge, controller.signal, silent);
  expect(first).toMatchObject({ interrupted: true, recorded: 2, remaining: 2 });
  const { run: half } = await readRunFile(first.dir);
  expect(half).toMatchObject({ seed: 41, endedAt: null });

  const second = await runPlan(requestOf(new FakeTestbed(clock)), edge, new AbortController().signal, silent);
  expect(second).toMatchObject({ interrupted: false, recorded: 4 });
  const { run } = await readRecording(second.dir);
  expect(run).toMatchObject({ seed: 41, runId: half.runId, startedAt: half.startedAt });
  expect(run.cells).toHaveLength(4);
});

it("finds every testbed under the name of its folder", async () => {
  const root = new URL("../../src/testbed/", import.meta.url);
  const indexes = (await readdir(root, { recursive: true })).filter((file) =>
    /^[^/]+\/index\.ts$/.test(file),
  );
  const names = (await loadTestbeds()).map(({ name }) => name);
  expect(names).toEqual(indexes.map((file) => dirname(file)).sort());
});
