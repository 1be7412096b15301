import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, MESSAGE_BYTES } from "../../src/neighbour/message.js";

const kind = fc.constantFrom("announce", "echo", "reply", "farewell" as const);
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/);
const nonce = fc.stringMatching(/^[0-9a-f]{16}$/);

describe("decodeMessage", () => {
  it("reads back what was written, always of one size", () => {
    fc.assert(
      fc.property(fc.record({ kind, name, nonce }), (message) => {
        const bytes = encodeMessage(message);
        expect(bytes.byteLength).toBe(MESSAGE_BYTES);
        expect(decodeMessage(bytes)).toEqual(message);
      }),
    );
  });

  it("takes nothing for a message that it would not have written", () => {
    const message = encodeMessage({ kind: "echo", name: "C1", nonce: "0123456789abcdef" });
    const changed = fc.tuple(fc.nat(MESSAGE_BYTES - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Uint8Array.from(message);
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        const decoded = decodeMessage(bytes);
        if (decoded !== undefined) expect(Buffer.from(encodeMessage(decoded))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["a byte too few", (bytes: Buffer) => bytes.subarray(1)],
    ["a byte too many", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ["another version", (bytes: Buffer) => bytes.fill(2, 4, 5)],
    ["no kind", (bytes: Buffer) => bytes.fill(4, 5, 6)],
    ["no name", (bytes: Buffer) => bytes.fill(0, 14)],
    ["a name that a terminal obeys", (bytes: Buffer) => bytes.fill(27, 15, 16)],
    ["zeros inside the name", (bytes: Buffer) => bytes.fill("a\0b", 14, 17)],
  ])("refuses %s", (_, damage) => {
    const bytes = Buffer.from(encodeMessage({ kind: "echo", name: "C1", nonce: "0123456789abcdef" }));
    expect(decodeMessage(damage(bytes))).toBeUndefined();
  });
});

it("encodeMessage refuses names and nonces that are none", () => {
  expect(() => encodeMessage({ kind: "echo", name: "C 1", nonce: "0123456789abcdef" })).toThrow(RangeError);
  expect(() => encodeMessage({ kind: "echo", name: "C1", nonce: "0123" })).toThrow(RangeError);
});
