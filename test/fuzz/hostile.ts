import fc from "fast-check";

/** Text that means something to a shell, a path, a terminal, a spreadsheet, a parser or a prototype. */
const words = [
  ...["", " ", "\t", "\n", "a\r\nb", "\0", "\u001b[2J", "\u202eexe.gnp", "\u2028", "\ufeff", "\ufffe", "😀"],
  ...[
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "| tee pwned",
    "> pwned",
    "&& touch pwned",
    "$HOME",
  ],
  ...["../pwned", "../../outside/pwned", "/tmp/cloudlet-pwned", String.raw`..\..\pwned`, "~root", ".", ".."],
  ...[
    "-rf",
    "--help",
    "%00",
    "%2e%2e%2f",
    "{{7*7}}",
    "${7*7}",
    "=1+1",
    "<script>alert(1)</script>",
    "'",
    '"',
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "null",
    "true",
    "yes",
    "~",
    "NaN",
    ".nan",
    ".inf",
  ],
  ...[
    "1e999",
    "-1e999",
    "0x10",
    "0o17",
    "1_000",
    "12:30:45",
    "2014-05-01",
    "!!js/function",
    "*a",
    "&a",
    "<<",
  ],
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...words),
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(...words).map((word) => `${word}${"x".repeat(5000)}${word}`),
);

export const hostileNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e21, 1e300, 1e-300, -1e300),
  fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, Infinity, -Infinity, NaN),
  fc.integer(),
  fc.double(),
);

/** Any value that a file may hold where another is meant. */
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom(null, true, false, [], {}, [[]], [null], { value: 1 }),
  fc.array(hostileNumber, { maxLength: 5 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer({ min: 2, max: 40 }).map((depth) => nested(depth)),
);

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: [nested(depth - 1)] });

type Change = (place: Place) => void;
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

const set = ({ holder, key }: Place, value: unknown): void => {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
};
const get = ({ holder, key }: Place): unknown => (holder as Record<string, unknown>)[key];

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: hostileValue.map((value) => (place: Place) => {
      // A later change may reach into it.
      set(place, structuredClone(value));
    }),
  },
  fc.constant((place: Place) => {
    if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
    else Reflect.deleteProperty(place.holder, place.key);
  }),
  hostileText.map((key) => (place: Place) => {
    set({ holder: place.holder, key }, get(place));
  }),
  fc.constant((place: Place) => {
    set(place, [get(place), get(place)]);
  }),
  fc.constant((place: Place) => {
    set(place, { value: get(place) });
  }),
);

/** The same values with one to three of them replaced, removed, renamed or wrapped. */
export const altered = (valid: unknown): fc.Arbitrary<unknown> =>
  fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = structuredClone(valid);
    for (const [index, apply] of changes) {
      const places = placesIn(copy);
      const place = places[index % places.length];
      if (place !== undefined) apply(place);
    }
    return copy;
  });

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Place["holder"];
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(get({ holder, key }))]);
}

/** The same bytes cut, doubled, shuffled by pieces, overwritten or with something foreign in them. */
export const damagedBytes = (valid: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const [from, length] = [fc.nat(valid.length), fc.nat(200)];
  const foreign = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    hostileText.map((text) => Buffer.from(text)),
  );
  const damage = fc.oneof(
    fc.tuple(from, length).map(
      ([at, n]) =>
        (bytes: Buffer) =>
          bytes.subarray(0, at + n),
    ),
    fc.tuple(from, length).map(
      ([at, n]) =>
        (bytes: Buffer) =>
          Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + n)]),
    ),
    fc.tuple(from, length).map(
      ([at, n]) =>
        (bytes: Buffer) =>
          Buffer.concat([bytes.subarray(0, at + n), bytes.subarray(at)]),
    ),
    fc.tuple(from, from).map(
      ([at, to]) =>
        (bytes: Buffer) =>
          Buffer.concat([bytes.subarray(at), bytes.subarray(to, at), bytes.subarray(0, to)]),
    ),
    fc.tuple(from, foreign).map(
      ([at, text]) =>
        (bytes: Buffer) =>
          Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at)]),
    ),
    fc.tuple(from, foreign).map(
      ([at, text]) =>
        (bytes: Buffer) =>
          Buffer.concat([bytes.subarray(0, at), text, bytes.subarray(at + text.length)]),
    ),
  );
  return fc
    .array(damage, { minLength: 1, maxLength: 3 })
    .map((all) => all.reduce<Buffer>((bytes, each) => each(bytes), Buffer.from(valid)));
};
