import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mulberry32 } from "../../src/experiment/seeded-random.js";
import { afterRound, medianRttMs, type Standing } from "../../src/neighbour/standing.js";

const announced: Standing = { kind: "announced", silentRounds: 0 };
const kindsOf = (rttsMs: readonly (number | null)[], first: Standing = announced) => {
  let standing: Standing | null = first;
  return rttsMs.map((rttMs) => {
    if (standing !== null) standing = afterRound(standing, rttMs);
    return standing?.kind ?? "forgotten";
  });
};

describe("afterRound", () => {
  it.each([
    ["joins below the limit", [149.9], ["neighbour"]],
    ["does not at the limit", [150], ["too far"]],
    ["ends after three slow rounds", [20, 160, 160, 160], ["neighbour", "neighbour", "neighbour", "too far"]],
    [
      "not for three that are not in a row",
      [20, 160, 160, 140, 160, 160],
      ["neighbour", "neighbour", "neighbour", "neighbour", "neighbour", "neighbour"],
    ],
    [
      "returns after three rounds well below the limit",
      [160, 134, 134, 134],
      ["too far", "too far", "too far", "neighbour"],
    ],
    ["not just below it", [160, 140, 140, 140, 140], Array<string>(5).fill("too far")],
    ["is silent after three", [20, null, null, null], ["neighbour", "neighbour", "neighbour", "silent"]],
    [
      "joins at once after silence",
      [20, null, null, null, 20],
      [...Array<string>(3).fill("neighbour"), "silent", "neighbour"],
    ],
    ["or is too far then", [null, null, null, 200], ["announced", "announced", "silent", "too far"]],
  ])("%s", (_, rttsMs, kinds) => {
    expect(kindsOf(rttsMs)).toEqual(kinds);
  });

  it("forgets after an hour of silence, and not before", () => {
    const kinds = kindsOf(Array<null>(60).fill(null));
    expect(kinds.indexOf("forgotten")).toBe(59);
  });

  it("around the limit it changes at most every third round, where the thesis's rule would each time", () => {
    const wavering = fc.array(fc.double({ min: 100, max: 200, noNaN: true }), {
      minLength: 6,
      maxLength: 200,
    });
    fc.assert(
      fc.property(wavering, (rttsMs) => {
        const kinds = kindsOf(rttsMs);
        const changes = kinds.flatMap((kind, index) =>
          index > 0 && kind !== kinds[index - 1] ? [index] : [],
        );
        for (const [index, change] of changes.entries())
          expect(change - (changes[index - 1] ?? 0)).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  it("whatever happened before, three fast rounds make a neighbour and three slow ones none", () => {
    const rtt = fc.option(fc.double({ min: 0, max: 5000, noNaN: true }));
    fc.assert(
      fc.property(fc.array(rtt, { maxLength: 50 }), (rttsMs) => {
        expect(kindsOf([...rttsMs, 50, 50, 50]).at(-1)).toBe("neighbour");
        expect(kindsOf([...rttsMs, 200, 200, 200]).at(-1)).toBe("too far");
      }),
    );
  });
});

it("the median takes lost echoes for the slowest", () => {
  expect(medianRttMs(5, [30, 10, 20, 50, 40])).toBe(30);
  expect(medianRttMs(5, [30, 10, 20])).toBe(30);
  expect(medianRttMs(5, [30, 10])).toBeNull();
});

it("an RTT that wavers between 130 and 160 ms for a week: 4427 changes by the thesis's rule, 74 when damped", () => {
  const random = mulberry32(1);
  let standing: Standing = announced;
  const rounds = Array.from({ length: 7 * 24 * 60 }, () => {
    const rttMs = 130 + random.integer(30_000) / 1000;
    standing = afterRound(standing, rttMs) ?? standing;
    return { printed: rttMs < 150, damped: standing.kind === "neighbour" };
  });
  const changes = (rule: "printed" | "damped") =>
    rounds.filter((round, index) => round[rule] !== (rounds[index - 1]?.[rule] ?? false)).length;
  expect([changes("printed"), changes("damped")]).toEqual([4427, 74]);
});
