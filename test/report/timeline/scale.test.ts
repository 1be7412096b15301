import { describe, expect, it } from "vitest";
import { linearScale, logScale, roundTicks } from "../../../src/report/timeline/scale.js";

describe("a linear scale", () => {
  it("goes from zero to a little above the greatest value, in round steps", () => {
    const { ticks, at } = linearScale([3, 94]);
    expect(ticks).toEqual([0, 20, 40, 60, 80]);
    expect(at(0)).toBe(0);
    expect(at(94)).toBeGreaterThan(0.9);
    expect(at(94)).toBeLessThan(1);
  });

  it("stands also where nothing is above zero", () => {
    for (const values of [[], [0, 0]]) expect(linearScale(values).at(0)).toBe(0);
  });
});

describe("a logarithmic scale", () => {
  it("spans whole decades around every value", () => {
    const { ticks, at } = logScale([4, 21, 350]);
    expect(ticks).toEqual([1, 10, 100, 1000]);
    expect([at(1), at(1000)]).toEqual([0, 1]);
    expect(at(10)).toBeCloseTo(1 / 3, 12);
  });

  it("puts what has no logarithm at the bottom, and has a decade for a single value", () => {
    expect(logScale([0, 5]).at(0)).toBe(0);
    expect(logScale([10]).ticks).toEqual([10, 100]);
    expect(logScale([]).ticks).toHaveLength(2);
  });
});

it("ticks of time are round and inside", () => {
  expect(roundTicks(-2.84, 41.4, 12)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40]);
  expect(roundTicks(0, 0.9, 12)).toHaveLength(10);
});
