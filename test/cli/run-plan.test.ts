import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { resumePlan, runPlan } from "../../src/cli/run-plan.js";
import { loadTestbeds } from "../../src/cli/testbeds.js";
import { readRecording, readRunFile } from "../../src/record/read.js";
import { nothingClaimed } from "../run/fixtures.js";
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
    retries: 0,
    claim: nothingClaimed,
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

it("goes on with a run as its record says, whatever the files of its experiments say by now", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const edge = { clock, randomSeed: () => 5 };
  let begun = 0;
  const interrupted = new FakeTestbed(clock, () => ({
    during: (method) => {
      if (method === "begin" && ++begun === 2) controller.abort(new Error("Ctrl-C"));
    },
  }));
  const repeat = { minRepeat: 2, maxRepeat: 3, relativeHalfWidth: 0.5 };
  const first = await runPlan(
    { ...requestOf(interrupted), only: "bw=60,rtt=20", repeat },
    edge,
    controller.signal,
    silent,
  );
  const { run: half } = await readRunFile(first.dir);
  expect(half.cells).toHaveLength(1);

  const { testbed, software, retries, claim } = requestOf(new FakeTestbed(clock));
  const request = { dir: first.dir, run: half, testbed, software, retries, claim };
  const second = await resumePlan(request, edge, new AbortController().signal, silent);
  expect(second).toMatchObject({ interrupted: false, dir: first.dir });
  const { run } = await readRecording(second.dir);
  expect(run).toMatchObject({ seed: 5, runId: half.runId, stopRule: { minRepeat: 2, maxRepeat: 3 } });
  expect([...run.cells].sort().slice(0, 2)).toEqual(["bw60-rtt20-r1", "bw60-rtt20-r2"]);
});

it("can't go on with a record that does not say what was asked for", async () => {
  const clock = new VirtualClock();
  const edge = { clock, randomSeed: () => 5 };
  const { dir } = await runPlan(
    requestOf(new FakeTestbed(clock)),
    edge,
    new AbortController().signal,
    silent,
  );
  const { run } = await readRunFile(dir);
  const { asked: _, ...old } = run;
  const { testbed, software, retries, claim } = requestOf(new FakeTestbed(clock));
  await expect(
    resumePlan(
      { dir, run: old, testbed, software, retries, claim },
      edge,
      new AbortController().signal,
      silent,
    ),
  ).rejects.toThrow(/does not say what was asked for/);
});

it("finds every testbed under the name of its folder", async () => {
  const root = new URL("../../src/testbed/", import.meta.url);
  const indexes = (await readdir(root, { recursive: true })).filter((file) =>
    /^[^/]+\/index\.ts$/.test(file),
  );
  const names = (await loadTestbeds()).map(({ name }) => name);
  expect(names).toEqual(indexes.map((file) => dirname(file)).sort());
});
