import { describe, expect, it } from "vitest";
import { answerableProbes, migrationOutage, queueingMs } from "../../src/metric/outage.js";
import type { CellRecording } from "../../src/record/recording.js";
import type { ProbeSample } from "../../src/record/series.js";
import { syntheticCell } from "../record/synthetic.js";

const cell = syntheticCell({ bandwidthMbit: 350, rttMs: 50 });

const probe = (address: "old" | "next", sentMs: number, receivedMs: number | null): ProbeSample => ({
  address,
  sequence: sentMs,
  scheduledMs: sentMs,
  sentMs,
  receivedMs,
});

/** Old replies until 110, the next address's from 160 on; every 10 ms, RTT 5 ms once VM3 is there. */
const moved = [
  ...[80, 90, 100].map((sentMs) => probe("old", sentMs, sentMs + 10)),
  ...[110, 120, 130, 140, 150, 160].map((sentMs) => probe("old", sentMs, null)),
  ...[130, 140].map((sentMs) => probe("next", sentMs, null)),
  probe("next", 150, 160),
  ...[160, 170, 180].map((sentMs) => probe("next", sentMs, sentMs + 5)),
];

const withProbes = (
  samples: ProbeSample[],
  record: Partial<CellRecording["record"]> = {},
): CellRecording => ({
  record: { ...cell.record, ...record },
  series: { ...cell.series, probe: samples },
});

describe("migrationOutage", () => {
  it("lies between the last reply of the old address and the first of the next", () => {
    const outage = migrationOutage(withProbes(moved));
    expect(outage?.lastReply).toMatchObject({ address: "old", receivedMs: 110 });
    expect(outage?.lastAnswered).toMatchObject({ address: "old", sentMs: 100 });
    expect(outage?.firstReply).toMatchObject({ address: "next", receivedMs: 160 });
    expect(outage).toMatchObject({ spacingAfterMs: 10, spacingBeforeMs: 10 });
  });

  it("counts as lost what a prompt reply would have answered before the next address did", () => {
    // Prompt: the usual 5 ms and half a spacing. Requests at 110 to 140 were due before 160; that of 150 was not.
    expect(migrationOutage(withProbes(moved))?.lost).toBe(4);
  });

  it("tells the last reply to come in from the last request to be answered", () => {
    const reordered = moved.map((sample) =>
      sample.address === "old" && sample.sentMs === 90 ? { ...sample, receivedMs: 118 } : sample,
    );
    const outage = migrationOutage(withProbes(reordered));
    expect(outage?.lastReply).toMatchObject({ sentMs: 90, receivedMs: 118 });
    expect(outage?.lastAnswered.sentMs).toBe(100);
  });

  it.each([
    ["the old address never answered", (sample: ProbeSample) => sample.address === "next"],
    ["the next address never answered", (sample: ProbeSample) => sample.address === "old"],
    [
      "the probe ended with VM3's last reply",
      ({ address, sentMs }: ProbeSample) => address === "next" || sentMs <= 100,
    ],
    [
      "the next address was asked once before it answered",
      ({ address, sentMs }: ProbeSample) => address === "old" || (sentMs >= 150 && sentMs !== 160),
    ],
  ])("is unknown where %s", (_, keep) => {
    const kept = moved.filter(keep);
    expect(kept.length).toBeGreaterThan(0);
    expect(migrationOutage(withProbes(kept))).toBeUndefined();
  });

  it("takes the last request to be answered by when it left, whatever the order of the samples", () => {
    expect(migrationOutage(withProbes(moved.toReversed().toSorted((a, b) => a.sentMs - b.sentMs)))).toEqual(
      migrationOutage(withProbes(moved)),
    );
    const early = [probe("old", 70, 125), ...moved];
    const outage = migrationOutage(withProbes(early));
    expect([outage?.lastReply.sentMs, outage?.lastAnswered.sentMs]).toEqual([70, 100]);
  });

  it("knows the spacing before VM3 answered from the two requests that had left by then", () => {
    // 145 instead of 140, and one that leaves as the reply comes in.
    const uneven = moved.map((sample) =>
      sample.address === "next" && sample.sentMs === 140 ? { ...sample, sentMs: 145 } : sample,
    );
    expect(migrationOutage(withProbes(uneven))?.spacingBeforeMs).toBe(5);
  });

  it("judges what was prompt by replies after VM3 was back, not by that which waited for it", () => {
    // 30 ms at the next address: requests at 110 and 120 were due by then, not those of 130 and 140.
    const slow = moved.map((sample) =>
      sample.address === "next" && sample.sentMs >= 160
        ? { ...sample, receivedMs: sample.sentMs + 30 }
        : sample,
    );
    expect(migrationOutage(withProbes(slow))?.lost).toBe(2);
    const none = moved.filter(({ address, sentMs }) => address === "old" || sentMs <= 150);
    expect(migrationOutage(withProbes(none))?.lost, "no reply after it").toBe(5);
  });

  it("is unknown without a migration", () => {
    expect(migrationOutage(withProbes(moved, { migration: null }))).toBeUndefined();
  });
});

describe("queueingMs", () => {
  const answered = { ...probe("old", 100, 160), receivedMs: 160 };
  const withDelays = (deviceToCloudlet1: number, cloudlet1ToDevice: number) => {
    const { evidence } = cell.record;
    if (evidence?.oneWayDelayMs === undefined) throw new Error("no evidence");
    const oneWayDelayMs = { ...evidence.oneWayDelayMs, deviceToCloudlet1, cloudlet1ToDevice };
    return withProbes(moved, { evidence: { ...evidence, oneWayDelayMs } });
  };

  it("is unknown without the links' delays", () => {
    expect(queueingMs(withProbes(moved, { evidence: null }), answered)).toBeUndefined();
  });

  it("is the RTT less both delays that the links add, and never negative", () => {
    expect(queueingMs(withDelays(30, 10), answered)).toBe(20);
    expect(queueingMs(withDelays(50, 50), answered)).toBe(0);
  });
});

describe("answerableProbes", () => {
  const sentMs = (samples: ProbeSample[]) => samples.map((sample) => sample.sentMs);
  const samples = [0, 10, 20, 30, 40].map((at) => probe("old", at, null)).concat(probe("next", 0, null));
  const events = [
    { name: "device-detached", source: "device", tMs: 10 },
    { name: "device-attached", source: "device", tMs: 30 },
  ];

  it("leaves out the device's absence, VM3's stop and the next address", () => {
    const migration = cell.record.migration && { ...cell.record.migration, stopMs: 40 };
    const answerable = answerableProbes(withProbes(samples, { events, migration }));
    expect(sentMs(answerable)).toEqual([0, 30]);
    expect(new Set(answerable.map(({ address }) => address))).toEqual(new Set(["old"]));
  });

  it("is every request to the old address where nothing happened", () => {
    const answerable = answerableProbes(withProbes(samples, { events: [], migration: null }));
    expect(sentMs(answerable)).toEqual([0, 10, 20, 30, 40]);
  });
});
