import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cell } from "../../src/experiment/plan.js";
import type { LinkMeasurement } from "../../src/record/schema.js";
import { attest, expectedLink, writerFindings } from "../../src/run/attestation.js";
import { shippedPlan } from "./fixtures.js";

async function cellOf(profile: string, only: string): Promise<Cell> {
  const { plan } = await shippedPlan({ experiments: ["grid"], profile, only });
  const [cell] = plan.cells;
  if (cell === undefined) throw new Error("no cell");
  return cell;
}

function measured(rttMs: number, rateBps: number, received = 10): LinkMeasurement {
  return {
    atMs: 0,
    rtt: { medianMs: rttMs, meanMs: rttMs, minMs: rttMs, maxMs: rttMs, deviationMs: 0, sent: 10, received },
    rateBps,
    method: "none",
    qdiscs: {},
    offloads: {},
    congestionControl: {},
  };
}

const longFat = await cellOf("thesis-2014", "bw=350,rtt=150");
const short = await cellOf("modern", "bw=350,rtt=20");

describe("what a link should show", () => {
  it("is the token bucket's rate where the packet limit fits", () => {
    expect(expectedLink(short)).toEqual({ rttMs: 20, rateBps: 350e6, bound: "tbf" });
  });

  it("is bound by netem's default limit of 1000 at 150 ms on one side: 81 Mbit/s, as measured", () => {
    const { bound, rateBps } = expectedLink(longFat);
    expect(bound).toBe("netem-limit");
    expect((rateBps ?? NaN) / 1e6).toBeCloseTo(80.7, 1);
  });

  it("is never more than the token bucket's rate, and the limit's whenever it is less", async () => {
    const { plan } = await shippedPlan({ experiments: ["grid"], profile: "thesis-2014" });
    for (const cell of plan.cells) {
      const { rateBps, bound } = expectedLink(cell);
      const limitBps = (1000 * 1514 * 8) / (cell.wan.rttMs / 1000);
      const bucketBps = cell.wan.rateBps ?? NaN;
      expect(rateBps).toBeCloseTo(Math.min(bucketBps, limitBps), 3);
      expect(bound).toBe(limitBps < bucketBps ? "netem-limit" : "tbf");
    }
  });

  it("has no bound by the limit without delay", () => {
    const noDelay = { ...longFat, wan: { rateBps: 350e6, rttMs: 0 } };
    expect(expectedLink(noDelay)).toEqual({ rttMs: 0, rateBps: 350e6, bound: "tbf" });
  });
});

describe("attestation", () => {
  it("holds an unshaped link to nothing but that it carries packets", () => {
    const unshaped = { ...short, wan: { rateBps: null, rttMs: 0 } };
    expect(expectedLink(unshaped)).toEqual({ rttMs: null, rateBps: null, bound: "unshaped" });
    expect(attest(unshaped, measured(0.4, 9e8), measured(7, 1e6)).verdict).toBe("valid");
    expect(attest(unshaped, measured(0.4, 9e8, 0), null).findings).toEqual([
      "before the migration none of 10 pings crossed the link",
    ]);
  });

  it.each([
    ["1 ms at 20 ms", short, 21, 20.99, 21.01],
    ["5 % at 150 ms", longFat, 157.5, 157.49, 157.51],
  ])("allows an RTT within %s", (_, cell, edge, inside, outside) => {
    const rateBps = expectedLink(cell).rateBps ?? NaN;
    expect(attest(cell, measured(edge, rateBps), null).verdict).toBe("valid");
    expect(attest(cell, measured(inside, rateBps), null).verdict).toBe("valid");
    expect(attest(cell, measured(outside, rateBps), null).verdict).toBe("invalid");
  });

  it("allows a rate within 10 %, and no other", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), (factor) => {
        const { verdict } = attest(short, measured(20, 350e6 * factor), null);
        expect(verdict).toBe(Math.abs(factor - 1) <= 0.1 ? "valid" : "invalid");
      }),
      // The very edge is left to rounding.
      { examples: [[0.9001], [1.0999], [0.8999], [1.1001]] },
    );
  });

  it("is invalid when nothing was measured", () => {
    expect(attest(short, measured(NaN, 350e6), null).verdict).toBe("invalid");
    expect(attest(short, measured(20, NaN), null).verdict).toBe("invalid");
    expect(attest(short, measured(20, 350e6, 0), null).findings).toEqual([
      "before the migration none of 10 pings crossed the link",
    ]);
  });

  it("says when, what and why", () => {
    const { findings } = attest(longFat, measured(150, 80.7e6), measured(160, 350e6));
    expect(findings).toEqual([
      "after the migration the link's RTT was 160.00 ms, outside 150 ± 7.50 ms",
      "after the migration the link's rate was 350.0 Mbit/s, outside 80.7 Mbit/s ± 10 % (what netem's packet limit lets pass)",
    ]);
  });
});

describe("what VM3's memory writer should show", () => {
  const asked = { rateMiBPerS: 4, workingSetMiB: 16 };

  it("is the rate that was asked for, within 10 %", () => {
    expect(writerFindings(asked, { writtenMiB: 37, durationS: 10 })).toEqual([]);
    expect(writerFindings(asked, { writtenMiB: 43, durationS: 10 })).toEqual([]);
    expect(writerFindings({ ...asked, rateMiBPerS: 0 }, { writtenMiB: 0, durationS: 10 })).toEqual([]);
  });

  it.each([35, 45, NaN])("is told where it wrote %d MiB in 10 s instead of 40", (writtenMiB) => {
    expect(writerFindings(asked, { writtenMiB, durationS: 10 })).toEqual([
      `the writer in VM3 wrote ${(writtenMiB / 10).toFixed(1)} MiB/s, outside 4 MiB/s ± 10 % (workload.writer)`,
    ]);
  });

  it("is nothing where none was asked for, or none ran", () => {
    expect(writerFindings(undefined, undefined)).toEqual([]);
    expect(writerFindings(asked, undefined)).toEqual([]);
  });
});
