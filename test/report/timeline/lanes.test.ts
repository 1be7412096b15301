import { describe, expect, it } from "vitest";
import { interfaceLane } from "../../../src/report/timeline/interface-lane.js";
import { migrationLanes } from "../../../src/report/timeline/migration-lanes.js";
import { rttLane } from "../../../src/report/timeline/rtt-lane.js";
import { subflowLane } from "../../../src/report/timeline/subflow-lane.js";
import { throughputLane } from "../../../src/report/timeline/throughput-lane.js";
import { syntheticCell, syntheticTruth } from "../../record/synthetic.js";

const declared = { bandwidthMbit: 350, rttMs: 20 };
const cell = syntheticCell(declared);
const truth = syntheticTruth(declared);

describe("round-trip times", () => {
  it("stand apart by address, and lost requests apart from both", () => {
    const lane = rttLane("ping", [
      { address: "next", sentMs: 2, rttMs: null },
      { address: "old", sentMs: 1, rttMs: 20 },
      { address: "next", sentMs: 3, rttMs: 2 },
    ]);
    expect(lane?.layers).toMatchObject([
      { label: "VM3's old address", samples: [{ startMs: 1, value: 20 }], unanswered: [] },
      { label: "VM3's next address", samples: [{ startMs: 3, value: 2 }], unanswered: [2] },
    ]);
  });

  it("have no lane where nobody asked", () => {
    expect(rttLane("ping", [])).toBeUndefined();
  });
});

it("throughput is each flow's bytes over its interval", () => {
  const lane = throughputLane([
    { flow: "cloudlets", startMs: 0, endMs: 100, bytes: 1_250_000, retransmits: null },
  ]);
  expect(lane?.layers).toMatchObject([
    { label: "VM2 to VM1", samples: [{ startMs: 0, endMs: 100, value: 100 }] },
  ]);
});

describe("the migration", () => {
  it("shows command, status and pause where they were", () => {
    const [progress, states] = migrationLanes(cell);
    expect(progress?.title).toBe("Migration");
    expect(states).toMatchObject({
      rows: [
        {
          label: "migrate command",
          bars: [{ startMs: truth.migrationStartMs, endMs: truth.migrationEndMs }],
        },
        { label: "query-migrate", bars: [{ label: "active" }] },
        { label: "guest paused", bars: [{ startMs: truth.stopMs, endMs: truth.resumeMs }] },
      ],
    });
  });

  it("begins a new bar with each new status, and none where there was no migration", () => {
    const polls = ["setup", "active", "active", "completed"].map((status, tMs) => ({
      ...(cell.series.migration[0] ?? { transferredBytes: 0, remainingBytes: 0 }),
      tMs,
      status,
    }));
    const record = { ...cell.record, migration: null, events: [] };
    const lanes = migrationLanes({ record, series: { ...cell.series, migration: polls as never } });
    expect(lanes.at(-1)).toMatchObject({
      rows: [
        {
          bars: [
            { label: "setup", startMs: 0, endMs: 1 },
            { label: "active", startMs: 1, endMs: 3 },
            { label: "completed", startMs: 3, endMs: 3 },
          ],
        },
      ],
    });
    expect(migrationLanes({ record, series: { ...cell.series, migration: [] } })).toEqual([]);
  });
});

describe("interfaces", () => {
  it("are up from event to event", () => {
    expect(interfaceLane(cell, truth.stoppedMs)?.rows).toMatchObject([
      { label: "VM4 eth0", bars: [{ startMs: truth.startedMs, endMs: truth.detachedMs }] },
      { label: "VM4 eth1", bars: [{ startMs: truth.attachedMs, endMs: truth.stoppedMs }] },
      { label: "VM3 eth0", bars: [{ startMs: truth.startedMs, endMs: truth.joinedMs + 50 }] },
      {
        label: "VM3 eth1",
        bars: [
          { startMs: truth.attachedMs + 400, endMs: truth.resumeMs, hollow: true },
          { startMs: truth.resumeMs, endMs: truth.stoppedMs },
        ],
      },
    ]);
  });

  it("have no lane where the device never moved", () => {
    expect(interfaceLane({ ...cell, record: { ...cell.record, events: [] } }, 1000)).toBeUndefined();
  });
});

describe("subflows", () => {
  const look = (tMs: number, paths: string) => ({ tMs, established: 1, paths });

  it("last from the first to the last look that found them, and begin anew after one that did not", () => {
    const lane = subflowLane([look(0, "a>b"), look(1, "a>b c>d"), look(2, "c>d"), look(3, "a>b")]);
    expect(lane?.rows).toMatchObject([
      {
        label: "a → b",
        bars: [
          { startMs: 0, endMs: 1 },
          { startMs: 3, endMs: 3 },
        ],
      },
      { label: "c → d", bars: [{ startMs: 1, endMs: 2 }] },
    ]);
  });

  it("are counted where there are too many to show", () => {
    const lane = subflowLane([look(0, Array.from({ length: 8 }, (_, index) => `a${index}>b`).join(" "))]);
    expect(lane?.rows).toHaveLength(6);
    expect(lane?.title).toBe("Subflows (2 more paths)");
    expect(subflowLane([look(0, "")])).toBeUndefined();
  });
});
