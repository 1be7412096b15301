import { describe, expect, it } from "vitest";
import { readKnowledge } from "../../src/decision/read-knowledge.js";
import { failureFrom } from "../experiment/failure-of.js";
import { profileNamed } from "../experiment/profile-named.js";

const record = "results/netns-handover-modern";

describe("the knowledge base", () => {
  it("holds what was known before each recorded migration, and what it took", async () => {
    const known = await readKnowledge([record], await profileNamed("modern"));
    expect(known.map(({ place }) => place)).toEqual(
      [1, 2, 3].map((n) => `${record}/cells/bw350-rtt20-r${n}`),
    );
    expect(known[0]?.question).toEqual({
      rateBps: 350e6,
      rttMs: 20,
      memoryMiB: 263,
      dirtyMiBPerS: 0,
      workingSetMiB: 0,
    });
    expect(known[0]?.observed.totalTimeS).toBeCloseTo(6.93, 2);
  });

  it("refuses records of another profile, with the knobs that differ and the folder", async () => {
    const failure = await failureFrom(readKnowledge([record], await profileNamed("thesis-2014-modern-qemu")));
    expect(failure.place).toBe(record);
    expect(failure.message).toContain('link.limitPackets "fit" instead of 1000');
  });
});
