import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteWords } from "../../../src/host/ssh/quote.js";

/** What a login shell makes of it, word by word. */
const seenByShell = (text: string): string[] =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${text}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);

describe("quoteWords", () => {
  it("leaves plain words as they are", () => {
    expect(quoteWords(["ip", "-netns", "cloudlet-7-vm1", "10.1.1.1/24", "a=b"])).toBe(
      "ip -netns cloudlet-7-vm1 10.1.1.1/24 a=b",
    );
  });

  it("gives the shell over there exactly these words, whatever is in them", () => {
    const hostile = [
      "",
      " ",
      "'",
      `"`,
      "$(reboot)",
      "`id`",
      "a;b|c&d>e",
      "\\",
      "*",
      "~",
      "!x",
      "\n",
      "-n",
      "ü\u202e",
    ];
    expect(seenByShell(quoteWords(hostile))).toEqual(hostile);
    const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        expect(seenByShell(quoteWords(words))).toEqual(words);
      }),
      { numRuns: 30 },
    );
  });

  it("refuses what no command line can hold", () => {
    expect(() => quoteWords(["a\0b"])).toThrow(RangeError);
  });
});
