import fc from "fast-check";
import { altered, damagedBytes, hostileNumber, hostileText } from "./hostile.js";

const asWritten = fc.oneof(
  hostileNumber.map(String),
  fc.constantFrom("9".repeat(400), "-5", "1e400", "0x1f", "1_000", "1,000", "nan", "inf", "+1", "1.2.3", "٣"),
);

/** Output of a real program with some of its numbers replaced by others, or by none. */
const otherNumbers = (text: string): fc.Arbitrary<string> =>
  fc.array(fc.tuple(fc.nat(), asWritten), { minLength: 1, maxLength: 4 }).map((changes) => {
    const pieces = text.split(/(\d+(?:\.\d+)?)/);
    for (const [index, number] of changes) {
      const at = 2 * (index % Math.floor(pieces.length / 2)) + 1;
      if (at < pieces.length) pieces[at] = number;
    }
    return pieces.join("");
  });

/** Its lines in another order, doubled, left out, or with words that another version adds. */
const otherLines = (text: string): fc.Arbitrary<string> => {
  const lines = text.split("\n");
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...lines) },
    { weight: 1, arbitrary: hostileText },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...lines), fc.string()).map((both) => both.join(" ")) },
  );
  return fc.array(line, { maxLength: 2 * Math.min(lines.length, 40) }).map((all) => all.join("\n"));
};

/** Output of a real program as another version, a full pipe, a crash or an attacker could make of it. */
export function hostileOutput(...real: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...real).chain((text) =>
    fc.oneof(
      { weight: 4, arbitrary: otherNumbers(text) },
      { weight: 3, arbitrary: otherLines(text) },
      {
        weight: 3,
        arbitrary: damagedBytes(Buffer.from(text)).map((bytes) => Buffer.from(bytes).toString("utf8")),
      },
      { weight: 1, arbitrary: hostileText },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 1, max: 300 }).map((times) => text.slice(0, 2000).repeat(times)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(hostileText, fc.nat(20_000))
          .map(([piece, times]) => piece.slice(0, 20).repeat(times)),
      },
    ),
  );
}

/** The same of output in JSON, where values and keys change too. */
export const hostileJson = (...real: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    hostileOutput(...real),
    fc.constantFrom(...real).chain((text) => altered(JSON.parse(text)).map((value) => JSON.stringify(value))),
    fc.integer({ min: 1, max: 200_000 }).map((depth) => "[".repeat(depth)),
  );
