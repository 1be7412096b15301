import { describe, expect, it } from "vitest";
import { claims, judge } from "../../src/compare/claims.js";
import type { PointValue } from "../../src/compare/point.js";
import { paperSide } from "../../src/compare/side.js";
import { loadMetrics } from "../../src/metric/compute.js";
import { loadPaper } from "../../src/paper/paper.js";

const thesis = paperSide(await loadPaper());

/** What the thesis's own numbers must make of its own claims; it printed no RTT of Figs 4.10 and 4.11. */
const printed = claims.map((claim) => ({ id: claim.id, ...judge(claim, thesis) }));

it("the thesis's printed numbers bear out each claim that they can test", () => {
  expect(printed.filter(({ verdict }) => verdict === "holds").map(({ id }) => id)).toEqual([
    "loaded-migration-takes-longer",
    "migration-time-grows-with-rtt",
    "downtime-grows-with-rtt",
    "migration-time-grows-as-bandwidth-falls",
    "downtime-grows-as-bandwidth-falls",
    "rtt-matters-more-for-migration-time-at-high-bandwidth",
    "rtt-matters-more-for-downtime-at-high-bandwidth",
    "throughput-falls-with-rtt",
  ]);
  expect(printed.filter(({ verdict }) => verdict === "does not hold")).toEqual([]);
});

it("each claim is about a metric of the catalog and has an id of its own", async () => {
  const metrics = (await loadMetrics()).map(({ id }) => id);
  for (const { metric } of claims) expect(metrics).toContain(metric);
  expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length);
});

describe("a grid on which nothing depends on anything", () => {
  const constant: PointValue[] = [350, 175, 60].flatMap((bandwidthMbit) =>
    [20, 50, 100, 150].map((rttMs) => ({
      experiment: "grid",
      setting: "handover",
      bandwidthMbit,
      rttMs,
      value: 0,
      halfWidth: 1,
      n: 1,
    })),
  );

  it("bears out no claim but that of independence", () => {
    const holding = claims.filter(({ check }) => check(constant).verdict === "holds").map(({ id }) => id);
    expect(holding).toEqual(["rtt-during-migration-independent-at-60"]);
  });
});
