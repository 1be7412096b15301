import { beforeAll, describe, expect, it } from "vitest";
import { computeMetrics, loadMetrics } from "../../src/metric/compute.js";
import type { Estimate, Metric } from "../../src/metric/contract.js";
import { settingOf } from "../../src/metric/setting.js";
import type { CellRecording } from "../../src/record/recording.js";
import { syntheticCell } from "../record/synthetic.js";
import {
  BASELINE,
  baselineMigration,
  EFFECTIVE_WINDOW_KIB,
  throughputCell,
} from "../record/synthetic-baseline.js";

let metrics: Metric[];
beforeAll(async () => {
  metrics = await loadMetrics();
});

const all = (cell: CellRecording): ReadonlyMap<string, Estimate> => computeMetrics(cell, metrics).metrics;

it("the setting of a cell is what moves in it, and beside what", () => {
  const cells = [
    syntheticCell({ bandwidthMbit: 350, rttMs: 20 }),
    baselineMigration("idle"),
    baselineMigration("loaded"),
    throughputCell("unshaped"),
    throughputCell({ bandwidthMbit: 350, rttMs: 20 }),
  ];
  expect(cells.map(({ record }) => settingOf(record))).toEqual([
    "handover",
    "idle migration",
    "loaded migration",
    "throughput",
    "throughput",
  ]);
});

describe("a cell in which nothing moves", () => {
  it("has RTT, throughput and window of each path, and no other number", () => {
    const found = all(throughputCell("unshaped"));
    expect([...found.keys()]).toEqual([
      "cloudletsEffectiveWindowKiB",
      "deviceEffectiveWindowKiB",
      "cloudletsRttMs",
      "deviceRttMs",
      "cloudletsThroughputMbit",
      "deviceThroughputMbit",
    ]);
    expect(found.get("cloudletsRttMs")?.value).toBeCloseTo(BASELINE.rttMs, 9);
    expect(found.get("cloudletsThroughputMbit")?.value).toBeCloseTo(BASELINE.cloudletsMbit, 6);
    expect(found.get("deviceThroughputMbit")?.value).toBeCloseTo(BASELINE.deviceMbit, 6);
  });

  it("has nothing of a path that was not measured", () => {
    const ids = [...all(throughputCell({ bandwidthMbit: 350, rttMs: 50 })).keys()];
    expect(ids).toEqual(["cloudletsEffectiveWindowKiB", "cloudletsRttMs", "cloudletsThroughputMbit"]);
  });

  it("takes neither the other path's pings nor those under load for the RTT of a path", () => {
    const { record, series } = throughputCell("unshaped");
    const more = [
      { address: "old" as const, sequence: 90, sentMs: 1500, rttMs: 77 },
      { address: "vm1" as const, sequence: 91, sentMs: 6000, rttMs: 99 },
      { address: "vm1" as const, sequence: 92, sentMs: 3900, rttMs: null },
    ];
    const found = all({ record, series: { ...series, ping: [...series.ping, ...more] } });
    expect(found.get("cloudletsRttMs")?.value).toBeCloseTo(BASELINE.rttMs, 9);
  });

  it("bounds the throughput by what the send buffer may still hold", () => {
    // 2 × 64 KiB over 10 s
    const bound = all(throughputCell("unshaped")).get("cloudletsThroughputMbit")?.errorBound;
    expect(bound).toBeCloseTo((2 * 64 * 1024 * 8) / 1e6 / 10, 9);
  });

  it("gives the window of equation 3.7, whatever the RTT", () => {
    for (const rttMs of [5, 20, 150]) {
      const window = all(throughputCell({ bandwidthMbit: 350, rttMs })).get("cloudletsEffectiveWindowKiB");
      expect(window?.value).toBeCloseTo(EFFECTIVE_WINDOW_KIB, 3);
      expect(window?.errorBound).toBeGreaterThan(0);
    }
  });

  it("has no number where its events are missing", () => {
    const { record, series } = throughputCell("unshaped");
    expect([...all({ record: { ...record, events: [] }, series }).keys()]).toEqual([]);
  });
});

describe("a migration with no flow of the device", () => {
  const ofDevice = /^slot|^throughput|application|^device/;

  it("has times and downtimes, and nothing of a flow when it is idle", () => {
    const ids = [...all(baselineMigration("idle")).keys()];
    expect(ids).toContain("totalMigrationTimeS");
    expect(ids).toContain("networkDowntimeMs");
    expect(ids.filter((id) => ofDevice.test(id) || id.startsWith("cloudlets"))).toEqual([]);
    expect(ids).not.toContain("linkUtilisation");
  });

  it("has the cloudlets' flow before and during it, and their difference", () => {
    const found = all(baselineMigration("loaded"));
    expect([...found.keys()].filter((id) => ofDevice.test(id))).toEqual([]);
    const { cloudletsMbit, loadedMbit } = BASELINE;
    const within = (id: string, value: number) => {
      const { value: measured, errorBound } = found.get(id) ?? { value: NaN, errorBound: NaN };
      expect(Math.abs(measured - value), id).toBeLessThanOrEqual(errorBound + 1e-6);
      expect(errorBound, id).toBeLessThan(20);
    };
    within("cloudletsBeforeMigrationMbit", cloudletsMbit);
    within("cloudletsDuringMigrationMbit", loadedMbit);
    within("cloudletsDropMbit", cloudletsMbit - loadedMbit);
    expect(found.has("cloudletsThroughputMbit")).toBe(false);
    expect(found.has("cloudletsRttMs")).toBe(false);
  });

  it("has no such difference when the migration failed", () => {
    const found = all(baselineMigration("loaded", { status: "failed" }));
    expect(found.has("cloudletsDropMbit")).toBe(false);
    expect(found.has("cloudletsDuringMigrationMbit")).toBe(false);
  });
});

it("the average window is goodput times the measured RTT, equations 4.2 and 4.1", () => {
  const { record, series } = syntheticCell({ bandwidthMbit: 350, rttMs: 150 });
  if (record.migration === null) throw new Error("no migration");
  // The thesis's 263 MB in 42.02 s over 150 ms: 916 KiB, mega and kilo mixed as it does.
  const migration = {
    ...record.migration,
    commandStartMs: 0,
    commandEndMs: 42_020,
    transferredBytes: 263e6,
  };
  const found = all({ record: { ...record, migration }, series });
  expect(found.get("migrationGoodputMbit")?.value).toBeCloseTo(50.07, 2);
  expect(Math.floor(found.get("migrationAverageWindowKiB")?.value ?? NaN)).toBe(916);
});
