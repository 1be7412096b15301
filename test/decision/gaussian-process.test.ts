import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestProcess, gaussianProcess } from "../../src/decision/gaussian-process.js";

const kernel = { lengths: [1], priorDeviation: 1, noiseDeviation: 0.1 };

describe("a Gaussian process", () => {
  it("follows what it has seen, and says the mean and the prior far away", () => {
    const process = gaussianProcess([[0], [1], [2]], [1, 2, 3], kernel);
    expect(process.at([1]).mean).toBeCloseTo(2, 1);
    expect(process.at([2]).mean).toBeGreaterThan(2.8);
    const far = process.at([100]);
    expect(far.mean).toBeCloseTo(2, 9);
    expect(far.deviation).toBeCloseTo(Math.hypot(1, 0.1), 9);
  });

  it("agrees with the closed form for one observation", () => {
    const { mean, deviation } = gaussianProcess([[0]], [3], kernel).at([0]);
    expect(mean).toBeCloseTo(3, 9);
    expect(deviation).toBeCloseTo(Math.sqrt(1.01 - 1 / 1.01), 9);
  });

  it("foretells each observation as one fitted without it does, about the same mean", () => {
    const observation = fc.record({ x: fc.double({ min: -3, max: 3, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(observation, { minLength: 2, maxLength: 8 }), (observations) => {
        const places = observations.map(({ x }) => [x]);
        // Odd about 0, mirrored: leaving a pair's halves in keeps the mean at 0.
        const mirrored = [...places, ...places.map(([x = 0]) => [-x])];
        const values = mirrored.map(([x = 0]) => Math.sin(x));
        const { fromOthers } = gaussianProcess(mirrored, values, kernel);
        for (const [index, { mean }] of fromOthers.entries()) {
          const others = <T>(list: readonly T[]) => list.filter((_, other) => other !== index);
          const without = gaussianProcess(others(mirrored), others(values), kernel);
          const shift = Math.abs(values[index] ?? 0) / (values.length - 1);
          expect(Math.abs(without.at(mirrored[index] ?? []).mean - mean)).toBeLessThanOrEqual(shift + 1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("foretells a place without any of its repetitions", () => {
    // Repetitions at 0 agree with each other and not with 1: only what 1 says of them counts.
    const process = gaussianProcess([[0], [0], [1]], [2, 2, -4], kernel);
    const [first, second, alone] = process.fromOtherPlaces();
    const likeness = Math.exp(-1 / 2);
    expect(second?.mean).toBeCloseTo(first?.mean ?? Number.NaN, 9);
    expect(first?.mean).toBeCloseTo((likeness / 1.01) * -4, 9);
    expect(first?.deviation).toBeCloseTo(Math.sqrt(1.01 - likeness ** 2 / 1.01), 9);
    // Two observations of the same place are one of half the noise's variance.
    expect(alone?.mean).toBeCloseTo((likeness / 1.005) * 2, 9);
    expect(alone?.deviation).toBeCloseTo(Math.sqrt(1.01 - likeness ** 2 / 1.005), 9);
  });

  it("takes the kernel that foretells best: a long one for a line, a noisy one for noise", () => {
    const places = Array.from({ length: 12 }, (_, index) => [index / 4]);
    const long = { lengths: [2], priorDeviation: 1, noiseDeviation: 0.05 };
    const short = { lengths: [0.05], priorDeviation: 1, noiseDeviation: 0.05 };
    const line = places.map(([x = 0]) => x / 2);
    const between = bestProcess(places, line, [short, long]).at([0.6]).mean;
    expect(between).toBeCloseTo(0.3, 1);
    expect(() => bestProcess(places, line, [])).toThrow(RangeError);
  });
});
