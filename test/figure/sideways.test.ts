import { describe, expect, it } from "vitest";
import type { Point, Series } from "../../src/figure/chart.js";
import { sidewaysShares } from "../../src/figure/sideways.js";

const marks = (kind: Series["kind"], ...points: Point[]): Series => ({
  kind,
  label: "",
  style: 0,
  form: "marks",
  points,
});
const bar = (x: number, low: number, high: number): Point => ({ x, y: (low + high) / 2, low, high });

describe("series of a chart", () => {
  it("stand at their x when no error bar hides another", () => {
    expect(sidewaysShares([marks("measured", bar(20, 1, 2)), marks("measured", bar(20, 3, 4))])).toEqual([
      0, 0,
    ]);
    expect(sidewaysShares([marks("measured", bar(20, 1, 3)), marks("measured", bar(50, 2, 4))])).toEqual([
      0, 0,
    ]);
  });

  it("of the run stand apart evenly when one does, and the thesis's stay", () => {
    const shares = sidewaysShares([
      marks("measured", bar(20, 1, 3)),
      marks("paper", { x: 20, y: 2 }),
      marks("measured", bar(20, 2, 4)),
      marks("measured", bar(20, 8, 9)),
    ]);
    expect(shares[1]).toBe(0);
    expect(shares[2]).toBe(0);
    expect(shares[0]).toBeLessThan(0);
    expect(shares[3]).toBe(-(shares[0] ?? NaN));
  });
});
