import { describe, expect, it } from "vitest";
import type { MigrationQuestion } from "../../src/decision/migration-question.js";
import { preCopy } from "../../src/decision/pre-copy.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import { profileNamed } from "../experiment/profile-named.js";

const constants = simulationParameters();
const modern = await profileNamed("modern");
const thesis = await profileNamed("thesis-2014");
const thesisLink = await profileNamed("thesis-2014-modern-qemu");
const question: MigrationQuestion = {
  rateBps: 60e6,
  rttMs: 20,
  memoryMiB: 263,
  dirtyMiBPerS: 0,
  workingSetMiB: 0,
};

function convergent(asked: Partial<MigrationQuestion>, profile = modern) {
  const found = preCopy({ ...question, ...asked }, profile, constants);
  if (found.kind === "endless") throw new Error("it never ends");
  return found;
}

describe("pre-copy in closed form", () => {
  it("sends the memory once at the link's payload rate when nothing writes", () => {
    const payloadBps = (60e6 * 1448) / 1514;
    const { totalTimeS, path } = convergent({});
    expect(path.bound).toBe("link");
    expect(totalTimeS).toBeGreaterThan((263 * 2 ** 20 * 8) / payloadBps);
    expect(totalTimeS).toBeLessThan((1.03 * (263 * 2 ** 20 * 8)) / payloadBps);
  });

  it("is limited by what the thesis's testbed was limited by", () => {
    expect(convergent({ rateBps: 350e6, rttMs: 20 }, thesis).path.bound).toBe("max-bandwidth");
    expect(convergent({ rateBps: 350e6, rttMs: 150 }, thesis).path.bound).toBe("packet-limit");
    expect(convergent({ rateBps: 350e6, rttMs: 150 }).path.bound).toBe("window");
  });

  it("takes the same at 150 ms whatever the rate, as Table 4.9's last column nearly does", () => {
    const at = (rateBps: number) => convergent({ rateBps, rttMs: 150 }, thesis).totalTimeS;
    expect(at(350e6) / at(175e6)).toBeCloseTo(1, 2);
  });

  it("keeps the RTT of the thesis's full queue at 60 Mbit/s whatever the initial RTT (Fig. 4.10)", () => {
    const during = [20, 50, 100, 150].map((rttMs) => rttMs + convergent({ rttMs }, thesis).deltaRttMs);
    for (const rttMs of during) expect(rttMs).toBeCloseTo(during[0] ?? 0, 6);
  });

  it("takes the geometric series of rounds with a steady writer", () => {
    const rate = convergent({}).path.rateBytesPerS / 2 ** 20;
    const writing = convergent({ dirtyMiBPerS: rate / 2, workingSetMiB: 10_000 });
    const idle = convergent({});
    expect(writing.rounds).toBeGreaterThan(3);
    // 1 + 1/2 + 1/4 + …, and a little more: headers, and what an idle guest writes.
    expect(writing.totalTimeS / idle.totalTimeS).toBeGreaterThan(2);
    expect(writing.totalTimeS / idle.totalTimeS).toBeLessThan(2.2);
  });

  it("never ends when memory is written faster than it is sent, unless the working set is small", () => {
    const fast = { ...question, dirtyMiBPerS: 32, workingSetMiB: 200 };
    expect(preCopy(fast, modern, constants).kind).toBe("endless");
    expect(preCopy({ ...fast, workingSetMiB: 1 }, modern, constants).kind).toBe("convergent");
  });

  it("is paused for longer by QEMU 1.0, which trusts the speed of copying", () => {
    const asked = { dirtyMiBPerS: 2, workingSetMiB: 12 };
    expect(convergent(asked, thesis).downtimeMs).toBeGreaterThan(
      2 * convergent(asked, thesisLink).downtimeMs,
    );
  });

  it.each([{ rateBps: 0 }, { memoryMiB: 0 }, { rttMs: -1 }, { dirtyMiBPerS: -1 }, { workingSetMiB: NaN }])(
    "refuses %j",
    (wrong) => {
      expect(() => preCopy({ ...question, ...wrong }, modern, constants)).toThrow(RangeError);
    },
  );
});
