import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Failure } from "../../src/failure.js";
import { restoreFolder } from "../../src/record/cell-folder.js";
import { readRecording, readRunFile } from "../../src/record/read.js";
import { RecordWriter } from "../../src/record/write.js";
import { carryOut } from "../../src/run/run.js";
import { loadScenarios } from "../../src/run/scenarios.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";
import { FakeTestbed, type Misbehaviour, VirtualClock } from "./fake-testbed.js";
import { asked, nothingClaimed, shippedPlan } from "./fixtures.js";

/** The file system of a process that stands still for ever before a chosen one of its changes. */
const crash = vi.hoisted(() => ({ afterChanges: Infinity, happens: (): void => undefined }));

vi.mock("node:fs/promises", async (importOriginal) => {
  const real: object = await importOriginal();
  const changing = ["appendFile", "mkdir", "open", "rename", "rm", "rmdir", "writeFile"];
  return Object.fromEntries(
    Object.entries(real).map(([name, member]) => {
      if (!changing.includes(name)) return [name, member];
      const change = member as (...words: unknown[]) => Promise<unknown>;
      return [
        name,
        (...words: unknown[]) => {
          if (crash.afterChanges-- > 0) return change(...words);
          crash.happens();
          return new Promise(() => undefined);
        },
      ];
    }),
  );
});

const scenarios = await loadScenarios();
const located = await shippedPlan({ experiments: ["grid"], only: "bw=350,rtt=20" });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-crash-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What came first. */
function untilCrash(work: () => Promise<unknown>): Promise<"ended" | "crashed"> {
  return new Promise((resolve, reject) => {
    crash.happens = () => {
      resolve("crashed");
    };
    work().then(() => {
      resolve("ended");
    }, reject);
  });
}

/** A run, or going on with it, until its end or the crash. */
function run(dir: string, misbehaviour: Misbehaviour, controller = new AbortController()) {
  const clock = new VirtualClock();
  return untilCrash(() =>
    carryOut({
      ...{ located, scenarios, dir, clock, asked, runId: "r1", retries: 1, claim: nothingClaimed },
      testbed: new FakeTestbed(clock, () => misbehaviour),
      software: { version: "0.0.0", commit: null },
      signal: controller.signal,
      report: ({ type }) => {
        if (type === "cell-retried") controller.abort(new Failure("interrupted", { kind: "interrupted" }));
      },
    }),
  );
}

it("loses no attempt, whenever a process ends that puts a cell in the place of a failed one", async () => {
  for (let changes = 0, outcome = "crashed"; outcome === "crashed"; changes++) {
    const dir = join(folder, String(changes));
    await run(dir, { migration: { status: "failed", reason: "no route" } });
    crash.afterChanges = changes;
    outcome = await run(dir, {});
    crash.afterChanges = Infinity;

    if ((await readRunFile(dir)).run.endedAt === null) await run(dir, {});
    const { run: whole, cells } = await readRecording(dir);
    expect(whole.cells, `crashed before change ${changes}`).toHaveLength(1);
    expect(
      cells.map(({ record }) => [record.status, record.earlier?.map(({ reasons }) => reasons)]),
      `crashed before change ${changes}`,
    ).toEqual([["ok", [["the migration failed: no route"]]]]);
  }
}, 30_000);

it("leaves no cell in the folder that the record does not name, whenever a process ends that takes one out", async () => {
  const [kept, surplus] = [20, 50].map((rttMs) => syntheticCell({ bandwidthMbit: 350, rttMs }));
  if (kept === undefined || surplus === undefined) throw new Error("no cells");
  const begin = (dir: string, anew: readonly string[]) =>
    RecordWriter.create(dir, syntheticRun(), new Set(anew));
  for (let changes = 0, outcome = "crashed"; outcome === "crashed"; changes++) {
    const dir = join(folder, String(changes));
    const writer = await begin(dir, []);
    for (const { record, series } of [kept, surplus]) await writer.writeCell(record, series);
    const finishing = await begin(dir, [surplus.record.id]);
    crash.afterChanges = changes;
    outcome = await untilCrash(() => finishing.finish("2024-05-01T13:00:00Z"));
    crash.afterChanges = Infinity;

    const { run: left } = await readRunFile(dir);
    if (left.endedAt === null) {
      for (const id of left.cells) await restoreFolder(dir, id);
      const anew = left.cells.filter((id) => id === surplus.record.id);
      expect(await readdir(join(dir, "cells")), `crashed before change ${changes}`).toEqual(
        expect.arrayContaining(left.cells),
      );
      await (await begin(dir, anew)).finish("2024-05-01T13:00:00Z");
    }
    expect((await readRecording(dir)).run.cells, `crashed before change ${changes}`).toEqual([
      kept.record.id,
    ]);
  }
}, 30_000);
