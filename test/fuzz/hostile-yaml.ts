import fc from "fast-check";
import { parse, stringify } from "yaml";
import { altered, damagedBytes, hostileText } from "./hostile.js";

/** Alone or repeated, these cost parsers more than their length: aliases, merges, nesting, unfinished tokens. */
const pieces = [
  ..."[{\"'#&*!|>?-:,@`%~\\\t \n\r".split(""),
  ...[
    "- ",
    "? ",
    "[{",
    "[[]",
    "a: ",
    "a:\n",
    "a: [",
    "{a: ",
    "{a: {",
    "- - ",
    "? - ",
    "a: 1\n",
    '"a": 1,',
    "&a ",
    "*a ",
  ],
  ...[
    "&a a: *a\n",
    "<<: *a\n",
    "<<: {a: 1}\n",
    "!!str ",
    "!<a> ",
    "---\n",
    "...\n",
    "%YAML 1.2\n---\n",
    "# x\n",
    "|\n  a\n",
  ],
  ...[
    ">9-\n",
    "'' ",
    '"\\x',
    '"\\u0000"',
    "\u00e9",
    "\u2028",
    "\ufeff",
    "a\u0000b",
    "a\r",
    "\u0085",
    "- &a [*a]\n",
  ],
];

/** Larger than any experiment may be. */
const MOST_REPEATED_BYTES = 35_000;

const repeated: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }).map((each) => each.join("")),
    fc.integer({ min: 1, max: MOST_REPEATED_BYTES }),
  )
  .map(([piece, bytes]) => piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece))));

/** Each level one space further in: the deepest that a block mapping can be in so many bytes. */
const indented = fc
  .integer({ min: 1, max: 360 })
  .map((depth) => Array.from({ length: depth }, (_, level) => `${" ".repeat(level)}a:\n`).join(""));

/** A billion laughs: each alias is ten of the one before. */
const bomb = fc
  .integer({ min: 2, max: 30 })
  .map((levels) =>
    [
      "a0: &a0 [x]",
      ...Array.from({ length: levels }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(10)}]`),
      "<<: [*a1, *a2]",
    ].join("\n"),
  );

const tenMegabytes = fc
  .constantFrom(" ", "#", "a: 1\n", "[", "\0", "\u{1f600}")
  .map((piece) => piece.repeat(Math.ceil(10_000_000 / Buffer.byteLength(piece))));

const withNumbersAsWritten = { schema: "core" } as const;

/** Bytes that stand where one of these files is meant. */
export function hostileYaml(valid: readonly string[]): fc.Arbitrary<Uint8Array> {
  const oneOf = fc.constantFrom(...valid);
  const values = oneOf.chain((text) => altered(parse(text)));
  const written = fc.constantFrom(
    (value: unknown) => stringify(value, withNumbersAsWritten),
    (value: unknown) => stringify(value, { defaultStringType: "QUOTE_DOUBLE", collectionStyle: "flow" }),
    (value: unknown) => JSON.stringify(value, undefined, 1),
  );
  const garbled = fc.constantFrom<(text: string) => Uint8Array>(
    (text) => Buffer.from(text),
    (text) => Buffer.from(text.replaceAll("\n", "\r\n")),
    (text) => Buffer.from(`\ufeff${text}`),
    (text) => Buffer.from(text, "utf16le"),
    (text) => Buffer.from(`${text}\n${text}`),
    (text) => Buffer.from(text.replaceAll("  ", "\t")),
  );
  const inserted = fc.tuple(oneOf, fc.nat(), fc.oneof(repeated, hostileText)).map(([text, at, foreign]) => {
    const lines = text.split("\n");
    const line = at % lines.length;
    return [...lines.slice(0, line), foreign, ...lines.slice(line)].join("\n");
  });
  return fc.oneof(
    {
      weight: 40,
      arbitrary: fc.tuple(values, written, garbled).map(([value, write, garble]) => garble(write(value))),
    },
    { weight: 15, arbitrary: oneOf.chain((text) => damagedBytes(Buffer.from(text))) },
    { weight: 15, arbitrary: fc.tuple(inserted, garbled).map(([text, garble]) => garble(text)) },
    { weight: 15, arbitrary: repeated.map((text) => Buffer.from(text)) },
    { weight: 4, arbitrary: indented.map((text) => Buffer.from(text)) },
    { weight: 4, arbitrary: bomb.map((text) => Buffer.from(text)) },
    { weight: 6, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: tenMegabytes.map((text) => Buffer.from(text)) },
  );
}
