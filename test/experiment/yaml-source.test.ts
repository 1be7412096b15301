import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_FILE_BYTES, parseYaml } from "../../src/experiment/yaml-source.js";
import { Failure } from "../../src/failure.js";
import { failureOf } from "./failure-of.js";

const parse = (text: string) => parseYaml("x.yaml", Buffer.from(text));

describe("parseYaml", () => {
  it.each<[string, string, RegExp]>([
    ["a key that stands twice", "a: 1\nb: 2\na: 3\n", /^x\.yaml:3:1: .*keep one of them$/],
    ["an alias", "a: &x 1\nb: *x\n", /^x\.yaml:2:4: alias \*x → write the value out$/],
    ["a merge key", "a:\n  <<: { b: 1 }\n", /^x\.yaml:2:3: merge key << /],
    ["a key that would touch the prototype", "__proto__: { a: 1 }\n", /^x\.yaml:1:1: key __proto__/],
    ["a key that is no text", "[a]: 1\n", /^x\.yaml:1:1: .*write the key as plain text$/],
    ["a tag", "a: !!binary aGk=\n", /^x\.yaml:1:13: tag .*binary → remove the tag$/],
    ["two documents", "a: 1\n---\nb: 1\n", /^x\.yaml:2:1: .*file of its own$/],
    ["a tab as indentation", "a:\n\tb: 1\n", /^x\.yaml:2:1: .*indent with spaces$/],
    ["a NUL byte", "a: 1\nb\0: 2\n", /^x\.yaml:2:2: a NUL byte/],
    ["what is not YAML", "a: [1\n", /^x\.yaml:\d+:\d+: /],
  ])("refuses %s, and says where", (_, text, line) => {
    const failure = failureOf(() => parse(text));
    expect(failure.kind).toBe("usage");
    expect(failure.line).toMatch(line);
  });

  it("lists every mistake", () => {
    const { lines } = failureOf(() => parse("a: 1\na: 2\nb: *c\n"));
    expect(lines).toEqual([expect.stringMatching(/^x\.yaml:2:1/), expect.stringMatching(/^x\.yaml:3:4/)]);
  });

  it("refuses an alias bomb without expanding it", () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`,
    );
    expect(failureOf(() => parse(["a0: &a0 x", ...levels].join("\n"))).lines).toHaveLength(80);
  });

  it("quotes the file in one short line", () => {
    expect(failureOf(() => parse(`>\r${"x".repeat(500)}`)).line).toMatch(/^x\.yaml:1:2: [^\r\n]{1,230}$/);
    expect(failureOf(() => parse(`a: *${"x".repeat(500)}`)).line).toMatch(/^x\.yaml:1:4: [^\r\n]{1,230}$/);
  });

  it("lists no more mistakes than anyone mends at once, and says how many more there are", () => {
    const lines = failureOf(() => parse("a: 1\n".repeat(5_000))).lines;
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe("x.yaml:102:1: 4899 more mistakes from here on → mend those above first");
  });

  it.each([
    ["flow sequences", "[".repeat(30_000)],
    ["flow mappings", "{a: ".repeat(8_000)],
    ["compact block sequences", "- ".repeat(15_000)],
    ["compact explicit keys", "? ".repeat(15_000)],
    ["empty keys", ": ".repeat(15_000)],
    ["keys as values of keys", '? - "a": 1,'.repeat(2_500)],
  ])("refuses %s deep enough to end the process", (_, text) => {
    expect(failureOf(() => parse(text)).line).toMatch(/nested too deeply/);
  });

  it("refuses many aliases at once, each of which would be compared with all keys", () => {
    expect(failureOf(() => parse(`a: 1\n${"*a \n".repeat(8_000)}`)).lines).toEqual([
      "x.yaml:102:1: more than 100 aliases → write the values out",
    ]);
  });

  it("counts brackets that are open, not those in text or closed again", () => {
    const text = `a: "${"[".repeat(100)}"\nb: [${"[1], ".repeat(100)}[1]]\n`;
    expect(parse(text).value).toMatchObject({ a: "[".repeat(100) });
  });

  it("refuses a file over the limit, and text that is not UTF-8", () => {
    expect(failureOf(() => parse("#".repeat(MAX_FILE_BYTES + 1))).line).toMatch(/more than/);
    expect(failureOf(() => parseYaml("x.yaml", Uint8Array.of(0x61, 0xff))).line).toMatch(
      /^x\.yaml:1:1: not UTF-8/,
    );
  });

  it("knows where values, keys and what is missing stand", () => {
    const source = parse("a:\n  b: [1, 22]\n  c:\n");
    expect(source.placeOf(["a", "b", 1])).toBe("x.yaml:2:10");
    expect(source.placeOfKey(["a"], "c")).toBe("x.yaml:3:3");
    expect(source.placeOf(["a", "missing"])).toBe("x.yaml:1:1");
    expect(source.has(["a", "b", 1])).toBe(true);
    expect(source.has(["a", "b", 2])).toBe(false);
  });

  it("answers any bytes with a value or a located Failure, and nothing else", () => {
    const yamlish = fc
      .array(
        fc.constantFrom(
          "a: ",
          "- ",
          "? ",
          "[",
          "]",
          "{",
          "}",
          "&x ",
          "*x",
          "<<: ",
          "!!map ",
          '"',
          "|\n",
          "\n",
          "  ",
          "\t",
          "1",
          ",",
          "---\n",
          "%YAML 1.1\n",
        ),
        { maxLength: 200 },
      )
      .map((parts) => Buffer.from(parts.join("")));
    const anything = fc.oneof(
      yamlish,
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          parseYaml("x.yaml", bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          for (const line of (error as Failure).lines) expect(line).toMatch(/^x\.yaml:\d+:\d+: .* → /s);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
