import { describe, expect, it } from "vitest";
import {
  beforeMigrationWindow,
  flowWindow,
  loadedBeforeMigrationWindow,
  migrationWindow,
  slots,
} from "../../src/metric/timeline.js";
import type { CellRecording } from "../../src/record/recording.js";
import { type CellRecord, EventName } from "../../src/record/schema.js";
import { noSeries } from "../../src/record/series.js";
import { syntheticCell } from "../record/synthetic.js";

const made = syntheticCell({ bandwidthMbit: 350, rttMs: 50 });
const { migration } = made.record;
if (migration === null) throw new Error("the cell has no migration");

const event = (tMs: number, name: string, detail?: Record<string, unknown>) => ({
  ...{ tMs, source: "harness", name },
  ...(detail === undefined ? {} : { detail }),
});
const handover = [
  event(0, EventName.ProbesStarted),
  event(1000, EventName.DeviceDetached),
  event(2000, EventName.DeviceAttached),
  event(9000, EventName.ProbesStopped),
];
const whole = { ...migration, commandStartMs: 4000, commandEndMs: 6000, stopMs: 5500, resumeMs: 5800 };
const cell = (record: Partial<CellRecord> = {}): CellRecording => ({
  record: { ...made.record, events: handover, migration: whole, ...record },
  series: noSeries,
});

describe("windows of a handover", () => {
  it("are those of the migrate command and of the time on cloudlet 2 before it", () => {
    expect(migrationWindow(cell())).toEqual({ startMs: 4000, endMs: 6000 });
    expect(beforeMigrationWindow(cell())).toEqual({ startMs: 2000, endMs: 4000 });
  });

  it("are unknown where either end is, or nothing lies between", () => {
    expect(migrationWindow(cell({ migration: null }))).toBeUndefined();
    expect(migrationWindow(cell({ migration: { ...whole, commandEndMs: 4000 } }))).toBeUndefined();
    expect(beforeMigrationWindow(cell({ events: [] }))).toBeUndefined();
    expect(beforeMigrationWindow(cell({ migration: null }))).toBeUndefined();
    expect(beforeMigrationWindow(cell({ migration: { ...whole, commandStartMs: 1999 } }))).toBeUndefined();
  });
});

describe("slots A to E", () => {
  it("follow each other, D the guest's pause where no flow shows a stall", () => {
    expect(slots(cell())).toEqual({
      A: { startMs: 0, endMs: 1000 },
      B: { startMs: 1000, endMs: 2000 },
      C: { startMs: 2000, endMs: 5500 },
      D: { startMs: 5500, endMs: 5800 },
      E: { startMs: 5800, endMs: 9000 },
    });
  });

  it("are left out, not empty, from where the handover is not known any more", () => {
    expect(Object.keys(slots(cell({ migration: { ...whole, stopMs: null } })))).toEqual(["A", "B"]);
    expect(Object.keys(slots(cell({ migration: { ...whole, resumeMs: null } })))).toEqual(["A", "B"]);
    expect(Object.keys(slots(cell({ migration: null })))).toEqual(["A", "B"]);
  });
});

describe("the window of a flow of its own", () => {
  const flow = { flow: "cloudlets" };
  const events = [
    event(2500, EventName.FlowStarted),
    event(3000, EventName.FlowStarted, flow),
    event(7000, EventName.FlowEnded, flow),
  ];

  it("is that of the flow that the events name", () => {
    expect(flowWindow(cell({ events }), "cloudlets")).toEqual({ startMs: 3000, endMs: 7000 });
    expect(flowWindow(cell({ events }), "device")).toBeUndefined();
  });

  it("is counted up to the migration beside it", () => {
    expect(loadedBeforeMigrationWindow(cell({ events }))).toEqual({ startMs: 3000, endMs: 4000 });
    expect(loadedBeforeMigrationWindow(cell())).toBeUndefined();
  });
});
