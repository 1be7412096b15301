import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataReassembly } from "../../../../src/testbed/sim/mptcp/data-reassembly.js";

describe("DataReassembly", () => {
  it("acknowledges what is contiguous, and counts what is new to it in whatever order", () => {
    const data = new DataReassembly();
    expect([data.insert(0, 100), data.next]).toEqual([100, 100]);
    // Another subflow is ahead, and goes on.
    expect([data.insert(200, 100), data.next]).toEqual([100, 100]);
    expect([data.insert(300, 100), data.next]).toEqual([100, 100]);
    // What was sent again on this one fills the gap, and is known in part.
    expect([data.insert(50, 150), data.next]).toEqual([100, 400]);
    expect([data.insert(0, 400), data.next]).toEqual([0, 400]);
  });

  it("acknowledges as far as the bytes reach that have come, whichever ranges they came in", () => {
    const SPACE = 64;
    const range = fc.record({ start: fc.nat(SPACE - 1), bytes: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), (ranges) => {
        const data = new DataReassembly();
        const arrived = new Set<number>();
        for (const { start, bytes } of ranges) {
          data.insert(start, bytes);
          for (let byte = start; byte < start + bytes; byte++) arrived.add(byte);
          let contiguous = 0;
          while (arrived.has(contiguous)) contiguous++;
          expect(data.next).toBe(contiguous);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("counts no byte twice that comes again as it came", () => {
    const SEGMENT = 10;
    fc.assert(
      fc.property(fc.array(fc.nat(15), { maxLength: 60 }), (segments) => {
        const data = new DataReassembly();
        const fresh = segments.map((segment) => data.insert(segment * SEGMENT, SEGMENT));
        expect(fresh.reduce((sum, bytes) => sum + bytes, 0)).toBe(new Set(segments).size * SEGMENT);
      }),
    );
  });
});
