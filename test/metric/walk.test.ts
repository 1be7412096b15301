import { beforeAll, describe, expect, it } from "vitest";
import { metricsTable, summaryTable } from "../../src/figure/metrics-csv.js";
import { gridPoints } from "../../src/metric/aggregate.js";
import { computeMetrics, loadMetrics } from "../../src/metric/compute.js";
import type { Metric } from "../../src/metric/contract.js";
import { addressIn, phases, walkEventMs, wifiMoves } from "../../src/metric/walk.js";
import { EventName } from "../../src/record/schema.js";
import { throughputCell } from "../record/synthetic-baseline.js";
import { WALK, walkCell } from "../record/synthetic-walk.js";

let metrics: Metric[];
beforeAll(async () => {
  metrics = await loadMetrics();
});

const cellular = { rateBps: 10e6, rttMs: 60, jitterMs: 5 };
const valuesOf = (cell = walkCell()) => computeMetrics(cell, metrics).metrics;

describe("a walk between networks", () => {
  it("has the stall that it was built around, within its bound", () => {
    const stall = valuesOf().get("handoverStallMs");
    const trueMs = WALK.firstByteMs + 70 - WALK.leftMs;
    expect(Math.abs((stall?.value ?? Number.NaN) - trueMs)).toBeLessThanOrEqual(stall?.errorBound ?? 0);
  });

  it("stands still at less than a twentieth of the rate before the move, whatever trickles through", () => {
    const cell = walkCell();
    const usual = (WALK.mbit * 1e5) / 8;
    const trickling = (share: number) =>
      valuesOf({
        ...cell,
        series: {
          ...cell.series,
          iperf: cell.series.iperf.map((each) =>
            each.bytes === 0 ? { ...each, bytes: share * usual } : each,
          ),
        },
      }).get("handoverStallMs");
    expect(trickling(0.04)).toEqual(valuesOf().get("handoverStallMs"));
    expect(trickling(0.06)?.value).toBe(0);
  });

  it("has no stall to state where nothing moved, or no probe ran", () => {
    const cell = walkCell();
    for (const missing of [EventName.NetworkLeft, EventName.ProbesStarted]) {
      const events = cell.record.events
        .filter(({ name }) => name !== missing)
        .filter(({ name }) => missing !== EventName.NetworkLeft || name !== EventName.NetworkEntered);
      expect(valuesOf({ ...cell, record: { ...cell.record, events } }).has("handoverStallMs"), missing).toBe(
        false,
      );
    }
  });

  it("has a limit of its gap where the device is ever without a network: not with overlap, 3G/4G or a single path", () => {
    const limit = (walk: Parameters<typeof walkCell>[0]) => valuesOf(walkCell(walk)).get("gapLimitS");
    // 9 repetitions, 204.6 s; half of the longest timeout, 60 s; close_timeout, 45 s.
    expect(limit({ mode: "full", gapS: 2 })?.value).toBeCloseTo(309.6, 6);
    expect(limit({ mode: "full", gapS: 0 })?.value).toBeCloseTo(309.6, 6);
    expect(limit({ mode: "full", gapS: -1 })).toBeUndefined();
    expect(limit({ mode: "backup", gapS: 2, cellular })).toBeUndefined();
    expect(limit({ mode: "single-path", gapS: 2 })).toBeUndefined();
  });

  it("has no limit of its gap where the device's limits are not recorded", () => {
    const cell = walkCell();
    const { attestation } = cell.record;
    if (attestation === null) throw new Error("not attested");
    const { sysctls, ...before } = attestation.before;
    expect(sysctls).toBeDefined();
    for (const without of [null, { ...attestation, before }]) {
      expect(valuesOf({ ...cell, record: { ...cell.record, attestation: without } }).has("gapLimitS")).toBe(
        false,
      );
    }
  });

  it("has no stall where a backup carries on", () => {
    const stall = valuesOf(walkCell({ mode: "backup", gapS: 2, cellular })).get("handoverStallMs");
    expect(stall).toEqual({ value: 0, errorBound: 200 });
  });

  it("has no stall to state where the flow never came back", () => {
    const cell = walkCell();
    const iperf = cell.series.iperf.map((each) =>
      each.startMs > WALK.leftMs ? { ...each, bytes: 0 } : each,
    );
    expect(valuesOf({ ...cell, series: { ...cell.series, iperf } }).has("handoverStallMs")).toBe(false);
  });

  it("counts the first byte on a subflow from the move that it answers", () => {
    const found = valuesOf(walkCell({ mode: "backup", gapS: 2, cellular }));
    expect(found.get("firstByteWifi2Ms")?.value).toBe(WALK.firstByteMs - WALK.enteredMs);
    // The loss of the first Wi-Fi network, not the joining of the backup long before.
    expect(found.get("firstByteCellularMs")?.value).toBe(40);
    expect(valuesOf().has("firstByteCellularMs")).toBe(false);
  });

  it("counts the bytes of each subflow, and none of a network that it never entered", () => {
    const found = valuesOf(walkCell({ mode: "backup", gapS: 2, cellular }));
    const bytes = ["Wifi1", "Cellular", "Wifi2"].map((name) => found.get(`subflow${name}Bytes`)?.value);
    expect(bytes).toEqual([WALK.wifi1Bytes, WALK.cellularBytes, WALK.wifi2Bytes]);
    expect(valuesOf().has("subflowCellularBytes")).toBe(false);
  });

  it("has three phases, and the flow's goodput in each", () => {
    const { startedMs, leftMs, joinedMs, stoppedMs } = WALK;
    expect(phases(walkCell())).toEqual({
      before: { startMs: startedMs, endMs: leftMs },
      between: { startMs: leftMs, endMs: joinedMs },
      after: { startMs: joinedMs, endMs: stoppedMs },
    });
    const found = valuesOf();
    expect(found.get("goodputBeforeMbit")?.value).toBeCloseTo(WALK.mbit, 6);
    expect(found.get("goodputBetweenMbit")?.value).toBe(0);
    expect(found.get("goodputAfterMbit")?.value).toBeCloseTo((WALK.mbit * 48) / 49, 6);
  });

  it("has no phases where the second network was never joined", () => {
    const cell = walkCell();
    const events = cell.record.events.filter(({ name }) => name !== "subflow-joined");
    expect(phases({ ...cell, record: { ...cell.record, events } })).toEqual({});
  });
});

describe("the events of a walk", () => {
  const { record, series } = walkCell();
  const event = (tMs: number, name: string, detail?: Record<string, unknown>) => ({
    ...{ tMs, source: "device", name },
    ...(detail === undefined ? {} : { detail }),
  });
  const started = event(1000, EventName.ProbesStarted);
  const stopped = event(9000, EventName.ProbesStopped);
  const at = (network: string, address?: string) => ({
    network,
    ...(address === undefined ? {} : { address }),
  });
  const cell = (...events: ReturnType<typeof event>[]) => ({ record: { ...record, events }, series });

  it("are moves where they are between the Wi-Fi networks, from the start of the probes on", () => {
    const moved = cell(
      event(900, EventName.NetworkEntered, at("wifi2")),
      started,
      event(1000, EventName.NetworkLeft, at("wifi1")),
      event(1100, EventName.NetworkEntered, at("wifi1")),
      event(1200, EventName.NetworkEntered, at("cellular")),
      event(1300, EventName.NetworkEntered, at("wifi2")),
      event(1400, EventName.NetworkLeft, at("wifi2")),
      event(1500, EventName.NetworkLeft, at("the moon")),
      event(1600, EventName.SubflowJoined, at("wifi2")),
      stopped,
    );
    expect(wifiMoves(moved).map(({ tMs, network, left }) => [tMs, network, left])).toEqual([
      [1000, "wifi1", true],
      [1300, "wifi2", false],
      [1400, "wifi2", true],
    ]);
    expect(wifiMoves(cell(event(2000, EventName.NetworkLeft, at("wifi1")))), "no probes").toEqual([]);
  });

  it("count up to the end of the probes, itself included", () => {
    const late = (tMs: number) => cell(started, stopped, event(tMs, EventName.NetworkLeft, at("wifi1")));
    expect(wifiMoves(late(9000))).toHaveLength(1);
    expect(wifiMoves(late(9001))).toEqual([]);
    expect(
      wifiMoves(cell(started, event(9001, EventName.NetworkLeft, at("wifi1")))),
      "never ended",
    ).toHaveLength(1);
  });

  it("say when something first happened in a network, and with which address it was entered", () => {
    const joined = cell(
      event(1100, EventName.SubflowJoined, at("cellular")),
      event(1200, EventName.NetworkEntered, at("cellular", "10.1.3.22")),
      event(1300, EventName.SubflowJoined, at("wifi2")),
      event(1400, EventName.SubflowJoined, at("wifi2")),
      event(1500, EventName.NetworkEntered, { network: "wifi2", address: 4 }),
    );
    expect(walkEventMs(joined, "SubflowJoined", "wifi2")).toBe(1300);
    expect(walkEventMs(joined, "SubflowJoined", "wifi1")).toBeUndefined();
    expect(addressIn(joined, "cellular")).toBe("10.1.3.22");
    expect(addressIn(joined, "wifi2"), "no text").toBeUndefined();
  });

  it("have phases that end with the last that the device told MPTCP, and none where an end is unknown", () => {
    const left = event(3000, EventName.NetworkLeft, at("wifi1"));
    const joined = event(5000, EventName.SubflowJoined, at("wifi2"));
    const withdrawn = event(6000, EventName.SubflowWithdrawn, at("wifi1"));
    expect(phases(cell(started, left, joined, withdrawn, stopped))).toEqual({
      before: { startMs: 1000, endMs: 3000 },
      between: { startMs: 3000, endMs: 6000 },
      after: { startMs: 6000, endMs: 9000 },
    });
    const all = [started, left, joined, stopped];
    for (const missing of all) {
      expect(phases(cell(...all.filter((each) => each !== missing))), missing.name).toEqual({});
    }
  });
});

describe("tables of walks", () => {
  const table = (cells: readonly ReturnType<typeof walkCell>[]) => {
    const measured = cells.map((cell) => computeMetrics(cell, metrics));
    const points = gridPoints(measured, ["modes-wifi", "window"]);
    return { metrics: metricsTable(points, metrics), summary: summaryTable(points, metrics) };
  };

  it("have a row for each mode and gap, in the thesis's order", () => {
    const cells = (["single-path", "full"] as const).flatMap((mode) =>
      [30, -2, 5].map((gapS) => walkCell({ mode, gapS })),
    );
    const { summary } = table(cells);
    const [mode, gapS, metric] = ["mode", "gapS", "metric"].map((name) => summary.columns.indexOf(name));
    const stalls = summary.rows.filter((row) => row[metric ?? -1] === "handoverStallMs");
    expect(stalls.map((row) => [row[mode ?? -1], row[gapS ?? -1]])).toEqual([
      ["full", -2],
      ["full", 5],
      ["full", 30],
      ["single-path", -2],
      ["single-path", 5],
      ["single-path", 30],
    ]);
  });

  it("leave the columns of other runs as they are", () => {
    const { metrics: other, summary } = table([throughputCell({ bandwidthMbit: 60, rttMs: 50 })]);
    expect(other.columns).not.toContain("handoverStallMs");
    expect(summary.columns).not.toContain("mode");
    expect(table([walkCell()]).metrics.columns).toContain("handoverStallMs");
  });
});
