import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moveApart } from "../../src/figure/end-labels.js";

describe("labels at the ends of curves", () => {
  it("stay where they are when they have room", () => {
    const moved = moveApart([{ y: 50 }, { y: 100 }], 0, 200);
    expect(moved.map(({ labelY }) => labelY)).toEqual([50, 100]);
  });

  it("never overlap, keep their order and stay inside", () => {
    const ys = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ys, (list) => {
        const moved = moveApart(
          list.map((y) => ({ y })),
          0,
          400,
        );
        for (const [index, { y, labelY }] of moved.entries()) {
          const previous = moved[index - 1];
          expect(labelY).toBeGreaterThanOrEqual(0);
          expect(labelY).toBeLessThanOrEqual(400);
          if (previous === undefined) continue;
          expect(y).toBeGreaterThanOrEqual(previous.y);
          expect(labelY - previous.labelY).toBeGreaterThanOrEqual(17 - 1e-9);
        }
      }),
    );
  });
});
