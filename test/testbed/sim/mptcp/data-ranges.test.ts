import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataRanges } from "../../../../src/testbed/sim/mptcp/data-ranges.js";

function rangesOf(...pairs: readonly (readonly [number, number])[]): DataRanges {
  const ranges = new DataRanges();
  for (const [from, to] of pairs) ranges.push(from, to);
  return ranges;
}

describe("ranges of data sequence numbers", () => {
  it("are one where the next begins as the last ends", () => {
    expect([...rangesOf([0, 10], [10, 30], [40, 50])]).toEqual([
      [0, 30],
      [40, 50],
    ]);
  });

  it("are taken from the oldest, never across two", () => {
    const ranges = rangesOf([0, 30], [40, 50]);
    expect([ranges.first, ranges.take(20)]).toEqual([0, 20]);
    expect([ranges.first, ranges.take(20)]).toEqual([20, 10]);
    expect([ranges.first, ranges.take(20)]).toEqual([40, 10]);
    expect([ranges.first, ranges.take(20), ranges.isEmpty]).toEqual([undefined, 0, true]);
  });

  it("lose what lies before a number", () => {
    const ranges = rangesOf([0, 30], [40, 50], [60, 70]);
    ranges.skipTo(45);
    expect([...ranges]).toEqual([
      [45, 50],
      [60, 70],
    ]);
    ranges.skipTo(55);
    expect([...ranges]).toEqual([[60, 70]]);
    ranges.skipTo(10);
    expect(ranges.bytes).toBe(10);
  });

  it("know how many bytes they hold, whatever is put in and taken", () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(5), bytes: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ skip: fc.nat(15) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const ranges = new DataRanges();
        let end = 0;
        for (const one of steps) {
          if ("push" in one) ranges.push(end + one.push, (end += one.push + one.bytes));
          else if ("take" in one) expect(ranges.take(one.take)).toBeLessThanOrEqual(one.take);
          else ranges.skipTo((ranges.first ?? 0) + one.skip);
          const held = [...ranges].reduce((sum, [from, to]) => sum + to - from, 0);
          expect(ranges.bytes).toBe(held);
          expect(ranges.isEmpty).toBe(held === 0);
        }
      }),
    );
  });
});
