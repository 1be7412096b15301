import { describe, expect, it } from "vitest";
import { metrics as effectiveWindows } from "../../src/metric/catalog/effective-window.js";
import { metrics as firstBytes } from "../../src/metric/catalog/first-byte.js";
import { metric as migrationGoodput } from "../../src/metric/catalog/migration-goodput.js";
import { metric as averageWindow } from "../../src/metric/catalog/migration-average-window.js";
import { metric as corrected } from "../../src/metric/catalog/network-downtime-corrected.js";
import { metric as totalTime } from "../../src/metric/catalog/total-migration-time.js";
import { metric as drop } from "../../src/metric/catalog/cloudlets-drop.js";
import { metric as guestPause } from "../../src/metric/catalog/guest-pause.js";
import { metric as totalByQemu } from "../../src/metric/catalog/hypervisor-total-time.js";
import { metric as networkDowntime } from "../../src/metric/catalog/network-downtime.js";
import { metrics as pathRtts } from "../../src/metric/catalog/path-rtt.js";
import { metric as probeInterval } from "../../src/metric/catalog/probe-interval.js";
import { metric as onTime } from "../../src/metric/catalog/probe-punctuality.js";
import { clockBoundMs } from "../../src/metric/clock-bound.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { settingOf } from "../../src/metric/setting.js";
import { within } from "../../src/metric/window.js";
import { windowKiB } from "../../src/metric/window-size.js";
import type { CellRecording } from "../../src/record/recording.js";
import type { CellRecord } from "../../src/record/schema.js";
import { noSeries, type ProbeSample, type RawSeries } from "../../src/record/series.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";
import { baselineMigration, throughputCell } from "../record/synthetic-baseline.js";
import { WALK, walkCell } from "../record/synthetic-walk.js";

/** Numbers small enough to be worked out by hand, bounds included. */

const made = syntheticCell({ bandwidthMbit: 350, rttMs: 50 });
const cell = (series: Partial<RawSeries>, record: Partial<CellRecord> = {}): CellRecording => ({
  record: { ...made.record, ...record },
  series: { ...noSeries, ...series },
});
const { evidence, migration, attestation } = made.record;
if (evidence === null || migration === null || attestation === null) throw new Error("not a whole cell");
const clocks = { vm1: { offsetMs: 0, boundMs: 3 }, vm2: { offsetMs: 0, boundMs: 7 } };

describe("the bound of cloudlets' stamps", () => {
  it("is what is not known of that cloudlet's clock, and nothing where all share one", () => {
    expect(clockBoundMs(cell({}, { evidence: { ...evidence, clocks } }), "vm1")).toBe(3);
    expect(clockBoundMs(cell({}), "vm1")).toBe(0);
    expect(clockBoundMs(cell({}, { evidence: null }), "vm2")).toBe(0);
  });
});

describe("total migration time", () => {
  const polls = (...times: number[]) => ({
    migration: made.series.migration.slice(0, times.length).map((sample, index) => ({
      ...sample,
      tMs: times[index] ?? NaN,
    })),
  });
  const boundMs = (recording: CellRecording) => 1000 * (totalTime.compute(recording)?.errorBound ?? NaN);

  it("is bound by the last spacing of the polls", () => {
    expect(boundMs(cell(polls(0, 100, 180)))).toBeCloseTo(80, 9);
  });

  it.each([[[]], [[100]]])("is bound by the polling interval where there are fewer than two: %j", (times) => {
    expect(boundMs(cell(polls(...times)))).toBeCloseTo(50, 9);
  });

  it("adds what is not known of the clock of cloudlet 2, which stamps the end", () => {
    expect(boundMs(cell(polls(0, 80), { evidence: { ...evidence, clocks } }))).toBeCloseTo(87, 9);
  });
});

describe("a window", () => {
  it("is rate times RTT, its bound both relative errors in quadrature", () => {
    // 8 Mbit/s for 128 ms are 125 KiB; 3 % and 4 % are 5 %.
    const found = windowKiB({ value: 8, errorBound: 0.24 }, { value: 128, errorBound: 5.12 });
    expect(found.value).toBeCloseTo(125, 9);
    expect(found.errorBound).toBeCloseTo(6.25, 9);
  });

  it("is nothing, and certain, where nothing was carried", () => {
    expect(windowKiB({ value: 0, errorBound: 1 }, { value: 100, errorBound: 1 })).toEqual({
      value: 0,
      errorBound: 0,
    });
  });
});

describe("the migration stream's average window", () => {
  const { before } = attestation;
  const withRtt = (rtt: Partial<typeof before.rtt>) =>
    cell(
      { migration: made.series.migration },
      { attestation: { ...attestation, before: { ...before, rtt: { ...before.rtt, ...rtt } } } },
    );

  it("is bound by the goodput's and by the mean RTT's confidence interval", () => {
    // Student's t of 95 % for 4 degrees of freedom is 2.776; five pings that deviate by 5 ms: 6.208 ms.
    const recording = withRtt({ meanMs: 50, deviationMs: 5, received: 5 });
    const goodput = migrationGoodput.compute(recording);
    const found = averageWindow.compute(recording);
    if (goodput === undefined || found === undefined) throw new Error("no window");
    const relative = Math.hypot(goodput.errorBound / goodput.value, 6.2083 / 50);
    expect(found.value).toBeCloseTo((goodput.value * 1e6 * 0.05) / 8 / 1024, 6);
    expect(found.errorBound / found.value).toBeCloseTo(relative, 4);
  });

  it("needs two pings, a link that was measured, and a migration", () => {
    expect(averageWindow.compute(withRtt({ received: 2 }))).toBeDefined();
    expect(averageWindow.compute(withRtt({ received: 1 }))).toBeUndefined();
    expect(averageWindow.compute(cell({}, { attestation: null }))).toBeUndefined();
    expect(averageWindow.compute(cell({}, { migration: null }))).toBeUndefined();
  });
});

describe("the thesis's downtime", () => {
  const probe = (address: "old" | "next", sentMs: number, receivedMs: number | null): ProbeSample => ({
    ...{ address, sequence: sentMs, scheduledMs: sentMs },
    ...{ sentMs, receivedMs },
  });

  it("is bound by the spacing of the probe before it and by that after it", () => {
    const spaced = [
      ...[60, 80, 100].map((sentMs) => probe("old", sentMs, sentMs + 20)),
      ...[120, 140, 160, 180].map((sentMs) => probe("old", sentMs, null)),
      ...[140, 150].map((sentMs) => probe("next", sentMs, null)),
      ...[160, 170, 180].map((sentMs) => probe("next", sentMs, sentMs + 2)),
    ];
    const found = networkDowntime.compute(cell({ probe: spaced }, { evidence: null }));
    expect(found).toEqual({ value: 42, errorBound: 30 });
  });
});

describe("the downtime that is corrected for the queue", () => {
  const probe = (address: "old" | "next", sentMs: number, receivedMs: number | null): ProbeSample => ({
    ...{ address, sequence: sentMs, scheduledMs: sentMs },
    ...{ sentMs, receivedMs },
  });
  /** 12 ms there, 8 ms back and 1 ms on the access link; the last old reply took 26 ms, six of them in queues. */
  const delays = { deviceToCloudlet1: 12, cloudlet1ToDevice: 8, access: 1 };
  const moved = [
    ...[80, 90].map((sentMs) => probe("old", sentMs, sentMs + 20)),
    probe("old", 100, 126),
    ...[110, 120, 130, 140, 150].map((sentMs) => probe("old", sentMs, null)),
    ...[130, 140].map((sentMs) => probe("next", sentMs, null)),
    ...[150, 160, 170].map((sentMs) => probe("next", sentMs, sentMs + 2)),
  ];
  const recording = (series: Partial<RawSeries>) =>
    corrected.compute(cell(series, { evidence: { ...evidence, oneWayDelayMs: delays } }));
  const pings = (rttMs: number) => ({
    ping: made.series.ping
      .filter(({ address }) => address === "old")
      .map((sample) => ({ ...sample, rttMs: sample.rttMs === null ? null : rttMs })),
  });

  it("runs from the last answered request's arrival at VM3 to the first reply's departure, less half of both spacings", () => {
    // 100 + 12 to 152 - 1 are 39 ms; less 10. The queue of that probe, 6 ms, is what is not known.
    expect(recording({ probe: moved })).toEqual({ value: 29, errorBound: 16 });
  });

  it("has a bound no larger than what pings queued before the migration", () => {
    expect(recording({ probe: moved, ...pings(24) })).toEqual({ value: 29, errorBound: 14 });
    expect(recording({ probe: moved, ...pings(15) }), "pings that were quicker than the links").toEqual({
      value: 29,
      errorBound: 10,
    });
  });

  it("is zero within two spacings where no request was lost", () => {
    const prompt = moved.filter(
      ({ address, sentMs }) => address === "next" || sentMs <= 100 || sentMs === 150,
    );
    expect(recording({ probe: prompt })).toEqual({ value: 0, errorBound: 60 });
  });

  it("is unknown without the links' delays", () => {
    expect(corrected.compute(cell({ probe: moved }, { evidence: null }))).toBeUndefined();
  });
});

describe("the first byte from the second Wi-Fi network", () => {
  const [wifi2, cellular] = firstBytes;
  const walked = walkCell();
  const from = (startMs: number) => ({
    ...walked,
    series: {
      ...walked.series,
      burst: walked.series.burst.map((burst) =>
        burst.startMs === WALK.firstByteMs ? { ...burst, startMs } : burst,
      ),
    },
  });

  it("is counted from the move that it answers", () => {
    expect(wifi2?.compute(walked)?.value).toBeCloseTo(WALK.firstByteMs - WALK.enteredMs, 9);
  });

  it("answers a move of the same microsecond, and none that came later", () => {
    expect(wifi2?.compute(from(WALK.enteredMs - 0.0005))?.value).toBe(0);
    const earlier = wifi2?.compute(from(WALK.enteredMs - 1))?.value;
    expect(earlier, "then it answers the move before").toBeCloseTo(WALK.enteredMs - 1 - WALK.leftMs, 9);
  });

  it("is none where nothing was carried from there, or no such network was entered", () => {
    expect(wifi2?.compute({ ...walked, series: { ...walked.series, burst: [] } })).toBeUndefined();
    expect(cellular?.compute(walked)).toBeUndefined();
  });
});

describe("the effective window of a path", () => {
  const [cloudlets, device] = effectiveWindows;

  it("is that of the flow it names", () => {
    const recording = throughputCell("unshaped");
    const [ofCloudlets, ofDevice] = [cloudlets?.compute(recording), device?.compute(recording)];
    if (ofCloudlets === undefined || ofDevice === undefined) throw new Error("no window");
    expect(ofCloudlets.value).not.toBeCloseTo(ofDevice.value, 3);
  });

  it("needs the path's RTT and its throughput", () => {
    const recording = throughputCell({ bandwidthMbit: 60, rttMs: 50 });
    expect(cloudlets?.compute(recording)).toBeDefined();
    expect(device?.compute(recording), "a flow that did not run").toBeUndefined();
    const without = (series: Partial<RawSeries>) => ({
      ...recording,
      series: { ...recording.series, ...series },
    });
    expect(cloudlets?.compute(without({ ping: [] }))).toBeUndefined();
    expect(cloudlets?.compute(without({ iperf: [] }))).toBeUndefined();
  });
});

describe("what QEMU says of the migration", () => {
  const withMigration = (given: Partial<typeof migration>, record: Partial<CellRecord> = {}) =>
    cell({}, { migration: { ...migration, ...given }, ...record });

  it("is a pause within the stamps of STOP and RESUME, and what is not known of both clocks", () => {
    const paused = { stopMs: 1000, resumeMs: 1250 };
    expect(guestPause.compute(withMigration(paused))).toEqual({ value: 250, errorBound: 2 });
    expect(guestPause.compute(withMigration(paused, { evidence: { ...evidence, clocks } }))).toEqual({
      value: 250,
      errorBound: 12,
    });
    expect(guestPause.compute(withMigration({ ...paused, stopMs: null }))).toBeUndefined();
    expect(guestPause.compute(withMigration({ ...paused, resumeMs: null }))).toBeUndefined();
  });

  it("is a total time in seconds, to the millisecond", () => {
    expect(totalByQemu.compute(withMigration({ totalTimeMs: 12_345 }))).toEqual({
      value: 12.345,
      errorBound: 0.001,
    });
  });

  it("is a goodput only where bytes and time are known", () => {
    const known = { transferredBytes: 1e6, commandStartMs: 0, commandEndMs: 4000 };
    expect(migrationGoodput.compute(withMigration(known))?.value).toBeCloseTo(2, 9);
    expect(migrationGoodput.compute(withMigration({ ...known, transferredBytes: null }))).toBeUndefined();
    expect(migrationGoodput.compute(withMigration({ ...known, commandEndMs: 0 }))).toBeUndefined();
  });
});

describe("the probe's own figures", () => {
  const request = (address: "old" | "next", scheduledMs: number, sentMs: number): ProbeSample => ({
    ...{ address, sequence: 0, scheduledMs },
    ...{ sentMs, receivedMs: null },
  });

  it("are the mean interval of requests to the old address, whatever goes to the next one", () => {
    const probe = [0, 10, 24].flatMap((ms) => [request("old", ms, ms), request("next", ms, ms + 3)]);
    expect(probeInterval.compute(cell({ probe }))?.value).toBeCloseTo(12, 9);
  });

  it("are the share within a millisecond of the schedule, early or late, to one request", () => {
    const probe = [0, 1, -1, 1.5].map((lateMs) => request("old", 100, 100 + lateMs));
    expect(onTime.compute(cell({ probe }))).toEqual({ value: 0.75, errorBound: 0.25 });
  });
});

describe("the RTT of a path", () => {
  const recording = throughputCell({ bandwidthMbit: 60, rttMs: 50 });
  const [rtt] = pathRtts;
  const startedMs = recording.record.events[0]?.tMs ?? NaN;
  const pinged = (...sentMs: number[]) => ({
    ...recording,
    series: {
      ...recording.series,
      ping: sentMs.map((each) => ({ address: "vm1" as const, sequence: 0, sentMs: each, rttMs: each })),
    },
  });

  it("is of pings that left before the flow did", () => {
    expect(rtt?.compute(pinged(10, 20, startedMs, startedMs + 1))?.value).toBe(15);
  });

  it("is of a path on which nothing moves, and where a flow ran", () => {
    const { record } = recording;
    expect(rtt?.compute({ ...recording, record: { ...record, scenario: "handover" } })).toBeUndefined();
    expect(rtt?.compute({ ...recording, record: { ...record, events: [] } })).toBeUndefined();
  });
});

it("a window has its begin and not its end", () => {
  expect([0, 1, 2].map((tMs) => within(tMs, { startMs: 0, endMs: 2 }))).toEqual([true, true, false]);
});

it("the drop of the cloudlets' flow needs it before the migration and during it", () => {
  const loaded = baselineMigration("loaded");
  expect(drop.compute(loaded)).toBeDefined();
  const before = loaded.series.iperf.filter(
    ({ endMs }) => endMs <= (loaded.record.migration?.commandStartMs ?? 0),
  );
  const after = loaded.series.iperf.filter((each) => !before.includes(each));
  for (const iperf of [before, after, []]) {
    expect(drop.compute({ ...loaded, series: { ...loaded.series, iperf } })).toBeUndefined();
  }
});

it("each cell is of one setting", () => {
  const { parameters } = made.record;
  const of = (scenario: CellRecord["scenario"], workload: Partial<CellRecord["parameters"]["workload"]>) =>
    settingOf({ scenario, parameters: { ...parameters, workload: { ...parameters.workload, ...workload } } });
  const writer = { rateMiBPerS: 0, workingSetMiB: 1 };
  expect(of("device-handover", { flows: ["device"] })).toBe("device handover");
  expect(of("throughput", { flows: ["device"] })).toBe("throughput");
  expect(of("handover", { flows: [] })).toBe("idle migration");
  expect(of("handover", { flows: ["cloudlets"] })).toBe("loaded migration");
  expect(of("handover", { flows: ["device"] })).toBe("handover");
  expect(of("handover", { flows: ["device", "cloudlets"], writer })).toBe("writing handover");
});

it("a run is measured cell by cell, and its points are in the order of its experiments", async () => {
  const run = { ...syntheticRun(), experiments: [] };
  const cells = [
    { bandwidthMbit: 60, rttMs: 20 },
    { bandwidthMbit: 350, rttMs: 20 },
  ].map(syntheticCell);
  const recorded = (async function* () {
    yield* await Promise.resolve(cells);
  })();
  const measured = await measureRun({ run, cells: recorded });
  expect(measured.run).toBe(run);
  expect(measured.cells.map(({ record }) => record.id)).toEqual(cells.map(({ record }) => record.id));
  expect(measured.points.map(({ rateBps }) => rateBps)).toEqual([350e6, 60e6]);
  expect(measured.metrics.length).toBeGreaterThan(20);
});
