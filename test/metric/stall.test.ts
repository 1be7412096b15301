import { describe, expect, it } from "vitest";
import { longestStall, migrationStall, stallEstimate } from "../../src/metric/stall.js";
import type { CellRecording } from "../../src/record/recording.js";
import { EventName } from "../../src/record/schema.js";
import { noSeries } from "../../src/record/series.js";
import { syntheticCell } from "../record/synthetic.js";

const { record } = syntheticCell({ bandwidthMbit: 350, rttMs: 50 });
const FULL = 100_000;

/** Intervals of 100 ms, from 0 on, with so many bytes each. */
const cell = (...bytes: number[]): CellRecording => ({
  record,
  series: {
    ...noSeries,
    iperf: bytes.map((each, index) => ({
      ...{ flow: "device" as const, startMs: index * 100, endMs: (index + 1) * 100 },
      ...{ bytes: each, retransmits: 0 },
    })),
  },
});
/** The first two intervals are the undisturbed flow. */
const undisturbed = { startMs: 0, endMs: 200 };
const stall = (...bytes: number[]) => longestStall(cell(...bytes), 200, undisturbed);

describe("the longest stall of a flow", () => {
  it("lies between the intervals that carried traffic, which may have stood still in part themselves", () => {
    const found = stall(FULL, FULL, FULL, 0, 0, 0, FULL, FULL);
    expect(found).toEqual({ kind: "stall", startMs: 300, endMs: 600, edgeMs: 200 });
    expect(stallEstimate(found)).toEqual({ value: 400, errorBound: 100 });
  });

  it("is the first of two that are as long", () => {
    expect(stall(FULL, FULL, FULL, 0, FULL, 0, FULL)).toMatchObject({ startMs: 300, endMs: 400 });
  });

  it("begins no earlier than what may have caused it", () => {
    expect(stall(FULL, 0, 0, 0, FULL)).toMatchObject({ startMs: 200, endMs: 400 });
  });

  it("has no interval before it where none carried traffic", () => {
    expect(longestStall(cell(0, 0, 0, FULL), 200, { startMs: 0, endMs: 0 })).toEqual({
      ...{ kind: "stall", startMs: 200, endMs: 300, edgeMs: 100 },
    });
  });

  it("is told from a trickle by 5 % of the undisturbed rate, no less than a segment", () => {
    expect(stall(FULL, FULL, 4999, FULL)).toMatchObject({ kind: "stall" });
    expect(stall(FULL, FULL, 5000, FULL)).toMatchObject({ kind: "none" });
    expect(stall(0, 0, 1447, 1448), "less than a segment").toMatchObject({ kind: "stall" });
    expect(stall(0, 0, 1448, 1448)).toMatchObject({ kind: "none" });
  });

  it("judges by the undisturbed flow alone: what came before, or reaches beyond, says nothing of it", () => {
    const trickle = [10_000, FULL, 10_000, 400, FULL];
    const judgedBy = (startMs: number, endMs: number) =>
      longestStall(cell(...trickle), 300, { startMs, endMs });
    // 5 % of 10,000 bytes is less than a segment, which is what counts then.
    expect(judgedBy(0, 100)).toMatchObject({ kind: "stall", startMs: 300, endMs: 400 });
    expect(longestStall(cell(FULL, 2000, 2000, 2000), 200, { startMs: 100, endMs: 200 })).toMatchObject({
      kind: "none",
    });
    expect(longestStall(cell(2000, 2000, FULL, 2000), 200, { startMs: 0, endMs: 299 })).toMatchObject({
      kind: "none",
    });
  });

  it("has no end where the flow did not come back", () => {
    const found = stall(FULL, FULL, FULL, 0, 0);
    expect(found).toEqual({ kind: "unended" });
    expect(stallEstimate(found)).toBeUndefined();
    expect(stall(0, 0, 0)).toEqual({ kind: "unended" });
  });

  it("is none, within two intervals, where the flow went on", () => {
    const found = stall(FULL, FULL, FULL, FULL);
    expect(found).toEqual({ kind: "none", intervalMs: 100 });
    expect(stallEstimate(found)).toEqual({ value: 0, errorBound: 200 });
  });

  it("is unknown without a flow", () => {
    expect(stall()).toBeUndefined();
    expect(stallEstimate(undefined)).toBeUndefined();
  });
});

describe("the stall of a migration", () => {
  const { migration } = record;
  const attached = [{ tMs: 100, source: "device", name: EventName.DeviceAttached }];
  const migrating = (given: CellRecording, events = attached): CellRecording => ({
    ...given,
    record: { ...record, events, migration: migration && { ...migration, commandStartMs: 300 } },
  });

  it("is judged by the flow over the WAN, not by that on cloudlet 1 before", () => {
    // Beside 1 MB before, 2000 bytes would be none.
    const slow = cell(1_000_000, 2000, 2000, 2000, 0, 2000);
    expect(migrationStall(migrating(slow))).toMatchObject({ startMs: 400, endMs: 500 });
    expect(migrationStall(migrating(slow, [])), "never attached").toMatchObject({ kind: "unended" });
  });

  it("is unknown without a migration", () => {
    expect(migrationStall({ ...cell(FULL, FULL), record: { ...record, migration: null } })).toBeUndefined();
  });
});
