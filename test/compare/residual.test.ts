import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agreementOf } from "../../src/compare/agreement.js";
import { pairUp } from "../../src/compare/residual.js";
import { point } from "./points.js";

describe("pairs", () => {
  it("are values of the same bandwidth, RTT and experiment, in the order of the run", () => {
    const run = [point(350, 20, 1), point(60, 20, 2), point(350, 50, 3, { experiment: "handover" })];
    const reference = [point(60, 20, 20), point(350, 20, 10), point(350, 50, 30)];
    expect(pairUp(run, reference).map((pair) => [pair.run.value, pair.reference.value])).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  it("are told apart by what else the points differ in", () => {
    const run = [
      point(60, 20, 1, { variant: "writer 2 MiB/s" }),
      point(60, 20, 2, { variant: "full, gap 5 s" }),
    ];
    const reference = [point(60, 20, 20, { variant: "full, gap 5 s" }), point(60, 20, 30)];
    expect(pairUp(run, reference).map((pair) => [pair.run.value, pair.reference.value])).toEqual([[2, 20]]);
  });

  it("need no experiment where one side has none, as the thesis", () => {
    const pairs = pairUp([point(350, 20, 7)], [point(350, 20, 14, { experiment: null, n: null })]);
    expect(pairs).toMatchObject([{ difference: -7, ratio: 0.5, relativeResidual: -0.5 }]);
  });

  it("have no ratio to what can't be told from zero, and keep their difference", () => {
    const near = pairUp([point(350, 20, 0.3)], [point(350, 20, 0.1, { halfWidth: 0.2 })]);
    expect(near).toMatchObject([{ ratio: null, relativeResidual: null }]);
    expect(near[0]?.difference).toBeCloseTo(0.2, 12);
    expect(pairUp([point(350, 20, 1)], [point(350, 20, 0)])).toMatchObject([{ relativeResidual: null }]);
  });

  it("have the sign of the difference also below zero", () => {
    expect(pairUp([point(350, 20, -1)], [point(350, 20, -2)])).toMatchObject([{ relativeResidual: 0.5 }]);
  });
});

describe("agreement", () => {
  const agreement = (run: readonly number[], reference: readonly number[]) =>
    agreementOf(
      pairUp(
        run.map((value, index) => point(350, index, value)),
        reference.map((value, index) => point(350, index, value)),
      ),
    );

  it("is the mean of the absolute relative residuals, with the best and the worst pair", () => {
    const { n, meanAbsoluteRelativeError, best, worst } = agreement([90, 120, 100], [100, 100, 80]);
    expect(n).toBe(3);
    expect(meanAbsoluteRelativeError).toBeCloseTo((0.1 + 0.2 + 0.25) / 3, 12);
    expect([best?.run.rttMs, worst?.run.rttMs]).toEqual([0, 2]);
  });

  it("ranks both sides, ties by the mean of their ranks", () => {
    expect(agreement([1, 2, 3, 4], [10, 20, 30, 25]).rankCorrelation).toBeCloseTo(0.8, 12);
    expect(agreement([1, 2, 3], [3, 2, 1]).rankCorrelation).toBeCloseTo(-1, 12);
    expect(agreement([1, 1, 2], [5, 6, 7]).rankCorrelation).toBeCloseTo(Math.sqrt(3) / 2, 12);
  });

  it("has no rank correlation of two pairs, nor of a constant", () => {
    expect(agreement([1, 2], [1, 2]).rankCorrelation).toBeNull();
    expect(agreement([1, 1, 1], [1, 2, 3]).rankCorrelation).toBeNull();
  });

  it("has no numbers without pairs, or where no reference can be told from zero", () => {
    const none = { n: 0, meanAbsoluteRelativeError: null, best: null, worst: null };
    expect(agreement([], [])).toMatchObject(none);
    expect(agreement([1, 2, 3], [0, 0, 0])).toMatchObject(none);
  });

  it("is no error with itself, and the same in any unit", () => {
    const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 1000, noNaN: true }), (list, unit) => {
        expect(agreement(list, list).meanAbsoluteRelativeError).toBe(0);
        const reference = list.map((value, index) => value + index);
        const scaled = (side: readonly number[]) => side.map((value) => value * unit);
        expect(agreement(scaled(list), scaled(reference)).meanAbsoluteRelativeError).toBeCloseTo(
          agreement(list, reference).meanAbsoluteRelativeError ?? NaN,
          9,
        );
      }),
    );
  });
});
