import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { computeMetrics, loadMetrics } from "../../src/metric/compute.js";
import type { Estimate, Metric } from "../../src/metric/contract.js";
import type { CellRecording } from "../../src/record/recording.js";
import type { CellRecord } from "../../src/record/schema.js";
import { noSeries, type RawSeries } from "../../src/record/series.js";
import { type SyntheticCell, syntheticCell, syntheticTruth } from "../record/synthetic.js";
import { baselineMigration, throughputCell } from "../record/synthetic-baseline.js";
import { walkCell } from "../record/synthetic-walk.js";

let metrics: Metric[];
beforeAll(async () => {
  metrics = await loadMetrics();
});

const point: SyntheticCell = { bandwidthMbit: 350, rttMs: 50 };
const truth = syntheticTruth(point);

function measure(cell: CellRecording, id: string): Estimate | undefined {
  return computeMetrics(cell, metrics).metrics.get(id);
}

/** A cell with some of its raw series or record replaced. */
function altered(series: Partial<RawSeries>, record: Partial<CellRecord> = {}): CellRecording {
  const cell = syntheticCell(point);
  return { record: { ...cell.record, ...record }, series: { ...cell.series, ...series } };
}

function expectWithinBound(estimate: Estimate | undefined, trueValue: number): void {
  if (estimate === undefined) throw new Error("no such number");
  expect(Math.abs(estimate.value - trueValue)).toBeLessThanOrEqual(estimate.errorBound + 1e-9);
}

describe("every metric", () => {
  it("has an id of its own that ends in its unit, and a chapter in docs/metrics.md", async () => {
    const ids = metrics.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(20);
    const docs = await readFile(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");
    for (const { id } of metrics) expect(docs, id).toContain(`\`${id}\``);
  });

  it("has a finite value and a bound that is not negative", () => {
    const cellular = { rateBps: 10e6, rttMs: 60, jitterMs: 5 };
    const cells = [
      syntheticCell(point),
      throughputCell("unshaped"),
      baselineMigration("loaded"),
      walkCell(),
      walkCell({ mode: "backup", gapS: 2, cellular }),
    ];
    const measured = cells.flatMap((cell) => [...computeMetrics(cell, metrics).metrics]);
    expect(new Set(measured.map(([id]) => id))).toEqual(new Set(metrics.map(({ id }) => id)));
    for (const [id, { value, errorBound }] of measured) {
      expect(Number.isFinite(value), id).toBe(true);
      expect(errorBound, id).toBeGreaterThanOrEqual(0);
    }
  });

  it("is absent, not zero, where its series is missing", () => {
    const bare = altered(noSeries);
    const ids = [...computeMetrics(bare, metrics).metrics.keys()];
    expect(ids).toEqual([
      "guestPauseMs",
      "hypervisorDowntimeMs",
      "hypervisorTotalTimeS",
      "linkUtilisation",
      "migrationAverageWindowKiB",
      "migrationGoodputMbit",
      "totalMigrationTimeS",
      "transferredBytes",
    ]);
  });

  it("says nothing about a migration that failed", () => {
    const ids = [...computeMetrics(syntheticCell({ ...point, status: "failed" }), metrics).metrics.keys()];
    expect(ids.filter((id) => /downtime|migration|pause|totalTime|delta/i.test(id))).toEqual([]);
  });
});

describe("times of the migration", () => {
  it("are those that the cell was built around, within their bounds", () => {
    const cell = syntheticCell(point);
    expectWithinBound(
      measure(cell, "totalMigrationTimeS"),
      (truth.migrationEndMs - truth.migrationStartMs) / 1000,
    );
    expectWithinBound(measure(cell, "guestPauseMs"), truth.resumeMs - truth.stopMs);
  });

  it("are known less well where the cloudlets have clocks of their own", () => {
    const cell = syntheticCell(point);
    const { evidence } = cell.record;
    if (evidence === null) throw new Error("a cell without evidence");
    const clocks = { vm1: { offsetMs: 40, boundMs: 3 }, vm2: { offsetMs: -7, boundMs: 5 } };
    const apart = { ...cell, record: { ...cell.record, evidence: { ...evidence, clocks } } };
    const widened = (id: string) =>
      (measure(apart, id)?.errorBound ?? 0) - (measure(cell, id)?.errorBound ?? 0);
    expect(widened("guestPauseMs")).toBeCloseTo(8, 9);
    expect(widened("totalMigrationTimeS")).toBeCloseTo(0.005, 9);
  });
});

describe("network-layer downtime", () => {
  it("corrected, is the guest's pause within its bound, at any point of the grid", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(350, 175, 60),
        fc.constantFrom(20, 50, 100, 150),
        fc.integer({ min: 1, max: 20 }),
        (bandwidthMbit, rttMs, repeat) => {
          const cell = { bandwidthMbit, rttMs, repeat };
          const { resumeMs, stopMs } = syntheticTruth(cell);
          const corrected = measure(syntheticCell(cell), "networkDowntimeCorrectedMs");
          expectWithinBound(corrected, resumeMs - stopMs);
          expect(corrected?.errorBound).toBeLessThan(12);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("by the thesis's definition, is short by the queue that the last old reply waited in", () => {
    const cell = syntheticCell(point);
    const thesis = measure(cell, "networkDowntimeMs");
    const corrected = measure(cell, "networkDowntimeCorrectedMs");
    const shortBy = (corrected?.value ?? 0) - (thesis?.value ?? 0);
    // The reply's way back is also longer by the WAN's delay, 50 ms, which the definition ignores.
    expect(shortBy).toBeGreaterThan(50 + truth.queueMs * 0.8 - 20);
    expect(shortBy).toBeLessThan(50 + truth.queueMs + 20);
    expectWithinBound(thesis, truth.resumeMs - truth.stopMs - 50);
  });

  const delayed = (sample: RawSeries["probe"][number], receivedMs: number | null) => ({
    ...sample,
    receivedMs,
  });

  it("takes the reply to a request that was held for VM3 for its time of return, not for an early answer", () => {
    const { probe } = syntheticCell(point).series;
    const held = probe.map((sample) =>
      sample.address === "next" && sample.sentMs > truth.stopMs - 2000 && sample.sentMs < truth.resumeMs
        ? delayed(sample, truth.resumeMs + 1)
        : sample,
    );
    expectWithinBound(
      measure(altered({ probe: held }), "networkDowntimeCorrectedMs"),
      truth.resumeMs - truth.stopMs,
    );
    expect(measure(altered({ probe: held }), "networkDowntimeMs")?.value).toBeGreaterThan(0);
  });

  it("is zero when either address always answers", () => {
    const probe = syntheticCell(point).series.probe.map((sample) => {
      const isMoved = sample.sentMs >= truth.resumeMs;
      return delayed(sample, isMoved === (sample.address === "next") ? sample.sentMs + 3 : null);
    });
    expect(measure(altered({ probe }), "networkDowntimeMs")?.value).toBe(0);
    expect(measure(altered({ probe }), "networkDowntimeCorrectedMs")?.value).toBe(0);
  });

  it("takes a gap without loss for an observer that was not scheduled, not for an outage", () => {
    const probe = syntheticCell(point).series.probe.filter(
      ({ sentMs }) => sentMs < truth.stopMs - 1 || sentMs > truth.resumeMs,
    );
    expect(measure(altered({ probe }), "networkDowntimeMs")?.value).toBe(0);
  });

  it("does not exist when the probe ended before VM3 moved", () => {
    const probe = syntheticCell(point)
      .series.probe.filter(({ sentMs }) => sentMs < truth.stopMs - 500)
      .map((sample) => (sample.address === "next" ? delayed(sample, truth.resumeMs + 1) : sample));
    expect(measure(altered({ probe }), "networkDowntimeMs")).toBeUndefined();
  });
});

describe("application downtime", () => {
  const flow = (rates: readonly number[], startMs: number): RawSeries["iperf"] =>
    rates.map((bytes, index) => ({
      flow: "device",
      startMs: startMs + index * 100,
      endMs: startMs + (index + 1) * 100,
      bytes,
      retransmits: null,
    }));
  const start = truth.migrationStartMs;
  const iperf = (rates: readonly number[]) =>
    measure(altered({ iperf: flow([100_000, 100_000, ...rates], start - 200) }), "applicationDowntimeMs");

  it("is the longest run of empty intervals and half of the intervals around it", () => {
    expect(iperf([9e4, 0, 0, 9e4, 0, 0, 0, 9e4, 9e4])).toEqual({ value: 400, errorBound: 100 });
  });

  it("bridges intervals in which hardly anything trickles through", () => {
    expect(iperf([9e4, 0, 2896, 0, 9e4])).toEqual({ value: 400, errorBound: 100 });
  });

  it("ends a stall at real traffic, however slow the migration makes it", () => {
    expect(iperf([9e4, 0, 6000, 0, 9e4])).toEqual({ value: 200, errorBound: 100 });
  });

  it("is zero within two intervals when nothing stood still", () => {
    expect(iperf([9e4, 9e4, 9e4])).toEqual({ value: 0, errorBound: 200 });
  });

  it("does not exist when the flow never comes back", () => {
    expect(iperf([9e4, 0, 0, 9e4, 0, 0, 0])).toBeUndefined();
  });

  it("does not count the outage before the migration", () => {
    const rates = [100_000, ...Array<number>(50).fill(0), 100_000, 100_000, 0, 100_000];
    const series = flow(rates, start - 5200);
    expect(measure(altered({ iperf: series }), "applicationDowntimeMs")).toEqual({
      value: 200,
      errorBound: 100,
    });
  });

  it("is the time from the guest's stop to the new subflow in the whole cell", () => {
    expectWithinBound(measure(syntheticCell(point), "applicationDowntimeMs"), truth.joinedMs - truth.stopMs);
  });
});

describe("round-trip times", () => {
  const ping = (rtts: readonly (number | null)[], startMs: number): RawSeries["ping"] =>
    rtts.map((rttMs, sequence) => ({ address: "old", sequence, sentMs: startMs + sequence * 1000, rttMs }));

  it("leave a lost ping out instead of counting it as zero", () => {
    const series = [
      ...ping([52, null, 54], truth.attachedMs + 100),
      ...ping([100, null, 104, 102], truth.migrationStartMs + 100),
    ];
    const cell = altered({ ping: series });
    expect(measure(cell, "initialRttMs")?.value).toBe(53);
    expect(measure(cell, "meanRttDuringMigrationMs")?.value).toBe(102);
    expect(measure(cell, "deltaRttMs")?.value).toBe(49);
    // s = 2, n = 3 and s = √2, n = 2
    expect(measure(cell, "meanRttDuringMigrationMs")?.errorBound).toBeCloseTo(4.9683, 3);
    expect(measure(cell, "initialRttMs")?.errorBound).toBeCloseTo(12.7062, 3);
    expect(measure(cell, "deltaRttMs")?.errorBound).toBeCloseTo(Math.hypot(4.9683, 12.7062), 3);
  });

  it("need two answers to be known within a bound", () => {
    const cell = altered({ ping: ping([52], truth.attachedMs + 100) });
    expect(measure(cell, "initialRttMs")).toBeUndefined();
  });
});

describe("throughput", () => {
  it("counts an interval on a slot's edge by its share, and doubts the larger part of it", () => {
    const [startMs, endMs] = [truth.startedMs, truth.detachedMs];
    const lengthMs = endMs - startMs;
    const iperf: RawSeries["iperf"] = [
      { flow: "device", startMs, endMs: endMs - 500, bytes: 8_000_000, retransmits: null },
      { flow: "device", startMs: endMs - 500, endMs: endMs + 1500, bytes: 1_000_000, retransmits: null },
      { flow: "cloudlets", startMs, endMs, bytes: 5e9, retransmits: null },
    ];
    const slotA = measure(altered({ iperf }), "slotAThroughputMbit");
    expect(slotA?.value).toBeCloseTo((8_250_000 * 8) / 1000 / lengthMs, 9);
    expect(slotA?.errorBound).toBeCloseTo((750_000 * 8) / 1000 / lengthMs, 9);
  });

  it("finds the five slots of a handover", () => {
    const cell = syntheticCell(point);
    const slot = (name: string) => measure(cell, `slot${name}ThroughputMbit`)?.value ?? NaN;
    expect(slot("A")).toBeGreaterThan(90);
    expect(slot("B")).toBe(0);
    expect(slot("C")).toBeGreaterThan(5);
    expect(slot("D")).toBeLessThan(1);
    expect(slot("E")).toBeGreaterThan(90);
  });
});

describe("the migration stream", () => {
  it("fills the link as arithmetic says", () => {
    const record = syntheticCell(point).record;
    const migration = record.migration;
    if (migration === null) throw new Error("no migration");
    const cell = altered(
      {},
      {
        migration: {
          ...migration,
          commandStartMs: 0,
          commandEndMs: 10_000,
          // 350 Mbit/s of frames for 10 s, their payload alone
          transferredBytes: (350e6 * 10 * (1448 / 1514)) / 8,
        },
      },
    );
    expect(measure(cell, "linkUtilisation")?.value).toBeCloseTo(1, 9);
    expect(measure(cell, "migrationGoodputMbit")?.value).toBeCloseTo(350 * (1448 / 1514), 9);
    // one poll, 50 ms of 10 s
    expect(measure(cell, "linkUtilisation")?.errorBound).toBeCloseTo(0.005, 9);
  });
});

describe("the probe's own health", () => {
  const probe = (sent: readonly number[]): RawSeries["probe"] =>
    sent.map((sentMs, sequence) => ({
      address: "old",
      sequence,
      scheduledMs: truth.startedMs + sequence * 10,
      sentMs: truth.startedMs + sentMs,
      receivedMs: sequence === 2 ? null : truth.startedMs + sentMs + 2,
    }));

  it("is its mean interval, its punctuality, and what it lost without reason", () => {
    const cell = altered({ probe: probe([0, 10, 21.5, 30.5, 40]) });
    expect(measure(cell, "probeIntervalMs")?.value).toBe(10);
    expect(measure(cell, "probeOnTimeShare")?.value).toBe(0.8);
    expect(measure(cell, "probesLost")?.value).toBe(1);
  });

  it("holds no expected outage against it", () => {
    expect(measure(syntheticCell(point), "probesLost")?.value).toBe(0);
  });
});
