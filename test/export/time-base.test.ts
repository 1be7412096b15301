import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanPerStep, ratePerStep, stepEndsMs, timeBase } from "../../src/export/flent/time-base.js";

const base = { startMs: 1000, stepMs: 100, steps: 4 };

describe("timeBase", () => {
  it("spans whole steps from the first stretch to the last", () => {
    const stretches = [
      { startMs: 2_649, endMs: 2_749 },
      { startMs: 1_050, endMs: 1_050 },
    ];
    expect(timeBase(stretches, 100)).toEqual({ startMs: 1000, stepMs: 100, steps: 18 });
  });

  it("gives a moment its step, and no further one to a stretch that ends where a step does", () => {
    expect(timeBase([{ startMs: 200, endMs: 200 }], 100)).toEqual({ startMs: 200, stepMs: 100, steps: 1 });
    expect(timeBase([{ startMs: 100, endMs: 200 }], 100)).toEqual({ startMs: 100, stepMs: 100, steps: 1 });
  });

  it("has none for nothing", () => {
    expect(timeBase([], 100)).toBeUndefined();
  });

  it("names each step by its end", () => {
    expect(stepEndsMs(base)).toEqual([1100, 1200, 1300, 1400]);
  });
});

describe("meanPerStep", () => {
  it("takes the mean in each step, and null where nothing was had: no step is filled from its neighbours", () => {
    const samples = [
      { tMs: 1000, value: 20 },
      { tMs: 1099.9, value: 30 },
      { tMs: 1150, value: null },
      { tMs: 1399, value: 5 },
    ];
    expect(meanPerStep(base, samples)).toEqual([25, null, null, 5]);
  });

  it("counts lost ones for nothing", () => {
    const samples = [
      { tMs: 1010, value: null },
      { tMs: 1020, value: 7 },
    ];
    expect(meanPerStep(base, samples)[0]).toBe(7);
  });
});

describe("ratePerStep", () => {
  it("shares an interval out between the steps that it crosses", () => {
    // 100 kB in 100 ms are 8 Mbit/s, whichever steps they fall into.
    const rates = ratePerStep(base, [{ startMs: 1050, endMs: 1150, bytes: 100_000 }]);
    expect(rates).toEqual([8, 8, null, null]);
  });

  it("knows a standstill from what nobody observed", () => {
    expect(ratePerStep(base, [{ startMs: 1100, endMs: 1200, bytes: 0 }])).toEqual([null, 0, null, null]);
  });

  it("loses and adds no byte", () => {
    const intervals = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 350 }), fc.integer({ min: 0, max: 1e9 })), { minLength: 1 })
      .map((steps) => {
        let startMs = 37;
        return steps.map(([spanMs, bytes]) => {
          const interval = { startMs, endMs: startMs + spanMs, bytes };
          startMs += spanMs;
          return interval;
        });
      });
    fc.assert(
      fc.property(intervals, (contiguous) => {
        const found = timeBase(contiguous, 100);
        if (found === undefined) throw new Error("there are intervals");
        const rates = ratePerStep(found, contiguous);
        const endMs = contiguous.at(-1)?.endMs ?? 0;
        const carried = rates.reduce<number>((sum, rate, step) => {
          const startMs = Math.max(found.startMs + step * 100, 37);
          const spanMs = Math.min(found.startMs + (step + 1) * 100, endMs) - startMs;
          return sum + ((rate ?? NaN) * spanMs * 1000) / 8;
        }, 0);
        const sent = contiguous.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(carried).toBeCloseTo(sent, 0);
      }),
    );
  });
});
