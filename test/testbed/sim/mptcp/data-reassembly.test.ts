import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataReassembly } from "../../../../src/testbed/sim/mptcp/data-reassembly.js";

describe("DataReassembly", () => {
  it("acknowledges what is contiguous, whichever subflow brought it", () => {
    const data = new DataReassembly();
    const acknowledged = (start: number, bytes: number) => {
      data.insert(start, bytes);
      return data.next;
    };
    expect(acknowledged(0, 100)).toBe(100);
    // Another subflow is ahead, and goes on.
    expect(acknowledged(200, 100)).toBe(100);
    expect(acknowledged(300, 100)).toBe(100);
    // What was sent again on this one fills the gap, and is known in part.
    expect(acknowledged(50, 150)).toBe(400);
    expect(acknowledged(0, 400)).toBe(400);
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
});
