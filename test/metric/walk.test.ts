import { beforeAll, describe, expect, it } from "vitest";
import { metricsTable, summaryTable } from "../../src/figure/metrics-csv.js";
import { gridPoints } from "../../src/metric/aggregate.js";
import { computeMetrics, loadMetrics } from "../../src/metric/compute.js";
import type { Metric } from "../../src/metric/contract.js";
import { phases } from "../../src/metric/walk.js";
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
