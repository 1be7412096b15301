import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cell } from "../../src/experiment/plan.js";
import type { LocatedPlan } from "../../src/experiment/read-plan.js";
import { Failure } from "../../src/failure.js";
import { identifyProcess } from "../../src/host/live-process.js";
import { LOCK_FILE } from "../../src/record/folder-lock.js";
import { readRecording, readRunFile } from "../../src/record/read.js";
import type { CellRecord } from "../../src/record/schema.js";
import type { RunEvent } from "../../src/run/progress.js";
import { holdsFinishedRun } from "../../src/run/run-folder.js";
import { carryOut } from "../../src/run/run.js";
import { interfaceTables } from "../../src/run/scenario/interface-tables.js";
import { loadScenarios } from "../../src/run/scenarios.js";
import { failureFrom } from "../experiment/failure-of.js";
import { durations, FakeTestbed, type Misbehaviour, VirtualClock } from "./fake-testbed.js";
import { asked, nothingClaimed, shippedPlan } from "./fixtures.js";

const scenarios = await loadScenarios();
const twoCells = { experiments: ["grid"], only: "bw=350,rtt=20,rtt=50" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-run-"));
});
afterEach(() => rm(folder, { recursive: true }));

interface Attempt {
  readonly located: LocatedPlan;
  readonly misbehave?: (cell: Cell) => Misbehaviour;
  readonly controller?: AbortController;
  readonly testbed?: FakeTestbed;
  readonly retries?: number;
  readonly commit?: string;
}

async function attempt({
  located,
  misbehave,
  controller = new AbortController(),
  retries = 0,
  commit,
  ...given
}: Attempt) {
  const clock = given.testbed?.clock ?? new VirtualClock();
  const testbed = given.testbed ?? new FakeTestbed(clock, misbehave);
  const events: RunEvent[] = [];
  const dir = join(folder, "run");
  const outcome = await carryOut({
    located,
    testbed,
    scenarios,
    dir,
    runId: "r1",
    claim: nothingClaimed,
    asked,
    retries,
    software: { version: "0.0.0", commit: commit ?? null },
    clock,
    signal: controller.signal,
    report: (event) => events.push(event),
  });
  return { outcome, testbed, events, dir };
}

/** The single cell of an experiment under some misbehaviour, as it was recorded. */
async function recordedCell(misbehaviour: Misbehaviour, experiment = "handover") {
  const located = await shippedPlan({ experiments: [experiment] });
  await rm(join(folder, "run"), { recursive: true, force: true });
  const { dir, testbed } = await attempt({ located, misbehave: () => misbehaviour });
  expect(testbed.alive.size).toBe(0);
  const recording = await readRecording(dir);
  const [cell] = recording.cells;
  if (cell === undefined) throw new Error("no cell was recorded");
  return { testbed, ...cell };
}

describe("a cell in which all goes well", () => {
  it("measures each path in turn where nothing moves (thesis 4.4)", async () => {
    const { record, testbed } = await recordedCell({}, "baseline-throughput");
    expect(record).toMatchObject({ status: "ok", scenario: "throughput", migration: null, tables: {} });
    expect(record.attestation).toMatchObject({ verdict: "valid", expected: { bound: "unshaped" } });
    expect(testbed.calls).toEqual([
      "measureLink",
      ...["observeRtt", "observeThroughput"],
      ...["observeRtt", "observeThroughput"],
      "finish",
      "measureLink",
    ]);
    // Two paths, 10 s of ping and 10 s of iperf each: none of it is overhead.
    expect(record.durationS - record.overheadS).toBeCloseTo(40, 6);
  });

  it("plays thesis section 4.5 in order and records Tables 4.5 to 4.8", async () => {
    const { record, testbed, series } = await recordedCell({});
    expect(record).toMatchObject({ status: "ok", reasons: [], tables: interfaceTables });
    expect(record.attestation).toMatchObject({ verdict: "valid", findings: [] });
    expect(record.attestation?.after).not.toBeNull();
    expect(series.ping).toHaveLength(1);
    expect(testbed.calls).toEqual([
      "measureLink",
      "startProbes",
      ...["interfaces", "wait"],
      ...["detachDevice", "wait"],
      ...["attachDevice", "interfaces", "wait", "adoptNextAddress", "interfaces"],
      "migrate",
      "completeHandover",
      ...["interfaces", "wait"],
      "finish",
      "measureLink",
    ]);
  });

  it("counts slots, migration and settling as observed, and all else as overhead", async () => {
    const { record } = await recordedCell({});
    // Tables 4.5, 4.6 and 4.8 fall inside slots that last no longer for it; Table 4.7 stands between two.
    const overheadMs = durations.begin + 2 * durations.measureLink + 4 * durations.interfaces;
    const slotsMs = 30_000 - 3 * durations.interfaces;
    expect(record.overheadS).toBeCloseTo(overheadMs / 1000, 3);
    expect(record.durationS).toBeCloseTo(
      (overheadMs + slotsMs + durations.migrate + durations.completeHandover) / 1000,
      3,
    );
  });
});

describe("a cell that is not what it says", () => {
  it.each<[string, Misbehaviour, RegExp]>([
    [
      "an RTT outside before",
      { link: (call) => (call === 0 ? { rttMs: 21.4 } : {}) },
      /before.*21\.40 ms.*20 ± 1\.00/,
    ],
    ["an RTT outside after", { link: (call) => (call === 1 ? { rttMs: 18.9 } : {}) }, /after.*18\.90 ms/],
    ["a rate outside", { link: () => ({ rateBps: 300e6 }) }, /300\.0 Mbit\/s, outside 350\.0 Mbit\/s ± 10 %/],
    [
      "an interface that is not as in the thesis",
      { tables: { "4.6": interfaceTables["4.5"] } },
      /^Table 4\.6: VM4 eth0 is UP 10\.1\.1\.14\/24, not DOWN NONE$/,
    ],
    ["an interface that is missing", { tables: { "4.8": [] } }, /^Table 4\.8: VM3 eth0 is missing/],
    ["another next address", { nextAddress: "10.1.2.20/24" }, /10\.1\.2\.20\/24 .*not 10\.1\.2\.19/],
  ])("is invalid: %s", async (_, misbehaviour, reason) => {
    const { record } = await recordedCell(misbehaviour);
    expect(record.status).toBe("invalid");
    expect(record.reasons).toEqual(expect.arrayContaining([expect.stringMatching(reason)]));
  });
});

describe("a cell that fails", () => {
  it("keeps the hypervisor's reason and what was observed", async () => {
    const { record, testbed, series } = await recordedCell({
      migration: { status: "failed", reason: "Connection reset by peer" },
    });
    expect(record.status).toBe("failed");
    expect(record.reasons).toEqual(["the migration failed: Connection reset by peer"]);
    expect(record.migration?.status).toBe("failed");
    expect(series.ping).toHaveLength(1);
    expect(testbed.calls).not.toContain("completeHandover");
  });

  it("fails on a fallback to plain TCP", async () => {
    const { record } = await recordedCell({ mptcp: { findings: ["fell back to TCP (MPFallback)"] } });
    expect(record).toMatchObject({ status: "failed", reasons: ["fell back to TCP (MPFallback)"] });
  });

  it("fails when its connection has a subflow and carries nothing any more", async () => {
    const silent = await recordedCell({ slotEBytes: [0, 0, 0] });
    expect(silent.record).toMatchObject({
      status: "failed",
      reasons: [expect.stringMatching(/^the device's flow carried nothing on cloudlet 2 \(slot E\)/)],
    });
    expect((await recordedCell({ slotEBytes: [0, 0, 1448] })).record.status).toBe("ok");
  });

  it("keeps the cause of an exception, and the samples until then", async () => {
    const { record, series } = await recordedCell({
      during: (method) => {
        if (method === "completeHandover") throw new Error("no join", { cause: new Error("SYN unanswered") });
      },
    });
    expect(record.reasons).toEqual(["no join: SYN unanswered"]);
    expect(record.migration?.status).toBe("completed");
    expect(series.ping).toHaveLength(1);
  });

  it("is recorded even when the guest never came up", async () => {
    const { record } = await recordedCell({
      during: (method) => {
        if (method === "begin")
          throw new Failure("no kernel", { kind: "environment", mend: "run: cloudlet setup" });
      },
    });
    expect(record).toMatchObject({
      status: "failed",
      reasons: ["no kernel → run: cloudlet setup"],
      attestation: null,
      evidence: null,
    });
  });

  it("fails when it could not be cleared up", async () => {
    const { record } = await recordedCell({
      during: (method) => {
        if (method === "dispose") throw new Error("namespace is busy");
      },
    });
    expect(record).toMatchObject({ status: "failed", reasons: ["clearing up: namespace is busy"] });
  });

  it("does not end the sweep", async () => {
    const { outcome, dir } = await attempt({
      located: await shippedPlan(twoCells),
      misbehave: ({ wan }) => (wan.rttMs === 20 ? { migration: { status: "failed", reason: "x" } } : {}),
    });
    expect(outcome).toMatchObject({ ok: 1, failed: 1, invalid: 0, remaining: 0, interrupted: false });
    const { run } = await readRecording(dir);
    expect([...run.cells].sort()).toEqual(["bw350-rtt20-r1", "bw350-rtt50-r1"]);
  });
});

describe("an interrupted run", () => {
  /** Aborts in the second cell, wherever the shuffled order puts it. */
  const abortIn = (controller: AbortController, step: string, nth: number) => {
    const seen = new Set<string>();
    return ({ id }: Cell): Misbehaviour => ({
      during: (method) => {
        seen.add(id);
        if (seen.size === nth && method === step)
          controller.abort(new Failure("interrupted", { kind: "interrupted" }));
      },
    });
  };

  it("clears up, keeps whole cells, and goes on from there", async () => {
    const controller = new AbortController();
    const located = await shippedPlan(twoCells);
    const first = await attempt({ located, controller, misbehave: abortIn(controller, "migrate", 2) });
    expect(first.outcome).toMatchObject({ ok: 1, remaining: 1, interrupted: true, recorded: 1 });
    expect(first.testbed.alive.size).toBe(0);
    const { run } = await readRunFile(first.dir);
    expect(run).toMatchObject({ endedAt: null, cells: [located.plan.cells[0]?.id] });

    const second = await attempt({ located });
    expect(second.outcome).toMatchObject({ ok: 1, remaining: 0, interrupted: false, recorded: 2 });
    expect((await readRecording(second.dir)).run.cells).toEqual(located.plan.cells.map(({ id }) => id));
  });

  it("refuses to go on with other settings", async () => {
    const controller = new AbortController();
    await attempt({
      located: await shippedPlan(twoCells),
      controller,
      misbehave: abortIn(controller, "wait", 2),
    });
    await expect(
      attempt({ located: await shippedPlan({ ...twoCells, profile: "thesis-2014" }) }),
    ).rejects.toThrow(/other settings \(profile modern\)/);
  });

  it("refuses to go on with other software, of which the record would not say so", async () => {
    const controller = new AbortController();
    const located = await shippedPlan(twoCells);
    await attempt({ located, controller, misbehave: abortIn(controller, "wait", 2), commit: "a1" });
    await expect(attempt({ located, commit: "b2" })).rejects.toThrow(
      /begun by cloudlet 0\.0\.0, commit a1;.* b2/,
    );
  });

  it("measures a cell anew that does not read back as it was written, and sweeps away what was half-written", async () => {
    const controller = new AbortController();
    const located = await shippedPlan(twoCells);
    const { dir } = await attempt({ located, controller, misbehave: abortIn(controller, "migrate", 2) });
    const [first, second] = located.plan.cells.map(({ id }) => id);
    await truncate(join(dir, "cells", first ?? "", "ping.csv.gz"), 20);
    await mkdir(join(dir, "cells", `.${second ?? ""}.part`));
    await writeFile(join(dir, ".run.json.17.part"), "{");

    const { outcome, events } = await attempt({ located });
    expect(outcome).toMatchObject({ ok: 2, remaining: 0 });
    expect(events).toContainEqual({
      type: "note",
      message: expect.stringMatching(
        `^${first ?? ""} is measured anew: .*ping\\.csv\\.gz: truncated or edited`,
      ) as string,
    });
    const { run, cells } = await readRecording(dir);
    expect(run.cells).toEqual([first, second]);
    expect(cells.every(({ record }) => record.earlier === undefined)).toBe(true);
    expect((await readdir(dir)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("measures a cell anew whose attestation is not what its measurements say", async () => {
    const controller = new AbortController();
    const located = await shippedPlan(twoCells);
    const { dir } = await attempt({ located, controller, misbehave: abortIn(controller, "migrate", 2) });
    const file = join(dir, "cells", located.plan.cells[0]?.id ?? "", "cell.json");
    const record = JSON.parse(await readFile(file, "utf8")) as CellRecord;
    const before = record.attestation?.before;
    if (before === undefined) throw new Error("the cell has no attestation");
    const forged = { ...record.attestation, before: { ...before, rtt: { ...before.rtt, medianMs: 400 } } };
    await writeFile(file, JSON.stringify({ ...record, attestation: forged }));

    const { outcome, events } = await attempt({ located });
    expect(outcome.ok).toBe(2);
    expect(events).toContainEqual({
      type: "note",
      message: expect.stringContaining("its attestation says valid, its measurements invalid") as string,
    });
  });

  it("tries a cell again that had failed, and keeps what it had come to", async () => {
    const controller = new AbortController();
    const located = await shippedPlan(twoCells);
    const [first, second] = located.plan.cells.map(({ id }) => id);
    const { dir, outcome } = await attempt({
      located,
      controller,
      misbehave: (cell) => ({
        ...(cell.id === first ? { migration: { status: "failed", reason: "no route" } } : {}),
        ...(cell.id === second ? abortIn(controller, "migrate", 1)(cell) : {}),
      }),
    });
    expect(outcome).toMatchObject({ failed: 1, remaining: 1 });

    expect((await attempt({ located })).outcome).toMatchObject({ ok: 2, failed: 0, recorded: 2 });
    const { cells } = await readRecording(dir);
    expect(
      cells.map(({ record }) => [record.id, record.status, record.earlier?.map(({ reasons }) => reasons)]),
    ).toEqual([
      [first, "ok", [["the migration failed: no route"]]],
      [second, "ok", undefined],
    ]);
  });

  it("leaves no folder behind when no cell was whole", async () => {
    const controller = new AbortController();
    const { outcome } = await attempt({
      located: await shippedPlan(twoCells),
      controller,
      misbehave: abortIn(controller, "wait", 1),
    });
    expect(outcome).toMatchObject({ interrupted: true, remaining: 2 });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a cell that is tried again", () => {
  it("waits longer each time, and is recorded as ok with all that came before", async () => {
    const located = await shippedPlan();
    let begun = 0;
    const { dir, events, testbed } = await attempt({
      located,
      retries: 3,
      misbehave: () => (++begun < 3 ? { migration: { status: "failed", reason: `no ${begun}` } } : {}),
    });
    expect(events.filter(({ type }) => type === "cell-retried")).toMatchObject([
      { status: "failed", reasons: ["the migration failed: no 1"], pauseS: 5 },
      { status: "failed", reasons: ["the migration failed: no 2"], pauseS: 10 },
    ]);
    const [cell] = (await readRecording(dir)).cells;
    expect(cell?.record).toMatchObject({
      status: "ok",
      earlier: [{ reasons: ["the migration failed: no 1"] }, { reasons: ["the migration failed: no 2"] }],
    });
    const [first, last] = [cell?.record.earlier?.[0]?.startedAt ?? "", cell?.record.startedAt ?? ""];
    expect(Date.parse(last) - Date.parse(first), "both pauses").toBeGreaterThan(15_000);
    expect(testbed.alive.size).toBe(0);
  });

  it("has what it came to in the record before it is tried again, so that Ctrl-C in the pause hides nothing", async () => {
    const controller = new AbortController();
    const located = await shippedPlan();
    const clock = new VirtualClock();
    const testbed = new FakeTestbed(clock, () => ({ migration: { status: "failed", reason: "no route" } }));
    clock.wait = () => {
      controller.abort(new Failure("interrupted", { kind: "interrupted" }));
      controller.signal.throwIfAborted();
      return Promise.resolve();
    };
    const first = await attempt({ located, controller, retries: 2, testbed });
    expect(first.outcome).toMatchObject({ interrupted: true, recorded: 1, remaining: 1 });

    const { dir } = await attempt({ located });
    const [cell] = (await readRecording(dir)).cells;
    expect(cell?.record).toMatchObject({
      status: "ok",
      earlier: [{ status: "failed", reasons: ["the migration failed: no route"] }],
    });
  });

  it("is given up after so many retries", async () => {
    const { dir, outcome } = await attempt({
      located: await shippedPlan(),
      retries: 1,
      misbehave: () => ({ link: () => ({ rttMs: 90 }) }),
    });
    expect(outcome).toMatchObject({ ok: 0, invalid: 1 });
    const [cell] = (await readRecording(dir)).cells;
    expect(cell?.record.earlier).toHaveLength(1);
  });

  it("is none whose migration the experiment's writer outran, which is a result", async () => {
    const located = await shippedPlan({ experiments: ["dirty-rate"] });
    const { dir, events } = await attempt({
      located,
      retries: 1,
      misbehave: () => ({ migration: { status: "cancelled", reason: "did not converge" } }),
    });
    const again = events.flatMap((event) => (event.type === "cell-retried" ? [event.cell] : []));
    const { cells } = await readRecording(dir);
    const written = cells.filter(({ record }) => (record.parameters.workload.writer?.rateMiBPerS ?? 0) > 0);
    expect(written.length).toBeGreaterThan(0);
    expect(written.map(({ record }) => record.earlier)).toEqual(written.map(() => undefined));
    expect(again, "without a writer something else is wrong").toEqual(
      cells.filter((cell) => !written.includes(cell)).map(({ record }) => record.id),
    );
    expect(again.length).toBeGreaterThan(0);
  });

  it("is never a simulated one", async () => {
    const testbed = Object.assign(
      new FakeTestbed(new VirtualClock(), () => ({ link: () => ({ rttMs: 90 }) })),
      {
        kind: "simulation" as "emulation",
      },
    );
    const { events } = await attempt({ located: await shippedPlan(), retries: 5, testbed });
    expect(events.filter(({ type }) => type === "cell-retried")).toEqual([]);
  });

  it("is not waited for once the run is interrupted", async () => {
    const controller = new AbortController();
    const { outcome } = await attempt({
      located: await shippedPlan(twoCells),
      controller,
      retries: 5,
      misbehave: () => ({
        migration: { status: "failed", reason: "x" },
        during: (method) => {
          if (method === "dispose") controller.abort(new Failure("interrupted", { kind: "interrupted" }));
        },
      }),
    });
    expect(outcome).toMatchObject({ interrupted: true, remaining: 2, recorded: 0 });
  });
});

describe("a run that cannot begin", () => {
  it("says where the file asks for what the testbed cannot carry, once for each place", async () => {
    const testbed = new FakeTestbed(new VirtualClock());
    testbed.refusal = { key: "wan.bandwidthMbit", message: "too fast", mend: "write less" };
    const failure = await attempt({ located: await shippedPlan(twoCells), testbed }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).lines).toEqual([
      expect.stringMatching(/grid\.yaml:7:18: testbed fake cannot carry cell .*: too fast → write less$/),
    ]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("lists what is missing with its mend", async () => {
    const testbed = new FakeTestbed(new VirtualClock());
    testbed.needs = [
      { name: "root", state: "missing", detail: "uid 1000", mend: "sudo cloudlet run" },
      { name: "kvm", state: "degraded", detail: "TCG instead" },
      { name: "qemu", state: "missing", detail: "not found", mend: "cloudlet setup" },
    ];
    await expect(attempt({ located: await shippedPlan(), testbed })).rejects.toMatchObject({
      kind: "environment",
      lines: [
        "testbed fake: root: uid 1000 → sudo cloudlet run",
        "testbed fake: qemu: not found → cloudlet setup",
      ],
    });
    expect(testbed.alive.size).toBe(0);
  });

  it("does not touch a folder that holds something else", async () => {
    await writeFile(join(folder, "run"), "mine");
    await expect(attempt({ located: await shippedPlan() })).rejects.toThrow(/it is a file/);
    expect(await readdir(folder)).toEqual(["run"]);
  });

  it("begins in a folder in which a run was killed before it had written anything whole", async () => {
    const dir = join(folder, "run");
    await mkdir(dir);
    await writeFile(join(dir, ".run.json.17.part"), "{");
    expect((await attempt({ located: await shippedPlan() })).outcome.ok).toBe(1);
    expect((await readdir(dir)).sort()).toEqual(["SHA256SUMS", "cells", "run.json"]);
  });

  it.skipIf(process.platform !== "linux")(
    "keeps out of a folder in which another process is at work",
    async () => {
      const dir = join(folder, "run");
      await mkdir(dir);
      const parent = await identifyProcess(process.ppid);
      await writeFile(join(dir, LOCK_FILE), JSON.stringify(parent));
      const failure = await failureFrom(attempt({ located: await shippedPlan() }));
      expect(failure.line).toContain(`${dir}: process ${process.ppid} is at work on it`);
      expect(await readdir(dir)).toEqual([LOCK_FILE]);
    },
  );

  it("goes on with a run that came to its end with a failed cell, and then no more", async () => {
    const located = await shippedPlan(twoCells);
    const [first] = located.plan.cells.map(({ id }) => id);
    const { dir } = await attempt({
      located,
      misbehave: ({ id }) => (id === first ? { migration: { status: "failed", reason: "no route" } } : {}),
    });
    expect((await readRunFile(dir)).run.endedAt).not.toBeNull();
    expect(await holdsFinishedRun(dir)).toBe(false);

    expect((await attempt({ located })).outcome).toMatchObject({ ok: 1, remaining: 0, recorded: 2 });
    expect((await readRunFile(dir)).run.endedAt).not.toBeNull();
    expect(await holdsFinishedRun(dir)).toBe(true);
  });

  it("does not write over a finished run", async () => {
    await attempt({ located: await shippedPlan() });
    await expect(attempt({ located: await shippedPlan() })).rejects.toThrow(/finished run/);
  });
});

describe("progress", () => {
  it("tells the run from start to end, with the time left learned from finished cells", async () => {
    const { events } = await attempt({ located: await shippedPlan(twoCells) });
    const types = events.map(({ type }) => type).filter((type) => type !== "cell-step");
    expect(types).toEqual([
      "run-started",
      "cell-started",
      "cell-ended",
      "cell-started",
      "cell-ended",
      "run-ended",
    ]);
    const [, second] = events.filter((event) => event.type === "cell-started");
    const [first] = events.filter((event) => event.type === "cell-ended");
    // Two cells that differ in RTT only are expected to take equally long.
    expect(second?.secondsLeft).toBeCloseTo(first?.durationS ?? NaN, 6);
  });
});
