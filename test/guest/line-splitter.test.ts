import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../src/guest/line-splitter.js";

const push = (splitter: LineSplitter, text: string) => splitter.push(Buffer.from(text));

describe("LineSplitter", () => {
  it("yields each line once its newline has come, and empty ones too", () => {
    const splitter = new LineSplitter();
    expect(push(splitter, "one\n\ntw")).toEqual(["one", ""]);
    expect(push(splitter, "o")).toEqual([]);
    expect(push(splitter, "\nthree\n")).toEqual(["two", "three"]);
  });

  it("ends a line at a newline and at nothing else", () => {
    expect(push(new LineSplitter(), "a\rb\u2028c\n")).toEqual(["a\rb\u2028c"]);
  });

  it("takes lines up to its limit, however many", () => {
    const splitter = new LineSplitter(4);
    expect(push(splitter, "1234\n1234\n12")).toEqual(["1234", "1234"]);
    expect(push(splitter, "34\n")).toEqual(["1234"]);
  });

  it.each([
    ["at once", ["12345"]],
    ["in pieces", ["12", "34", "5"]],
    ["with its newline", ["12345\n"]],
  ])("refuses a longer one that comes %s", (_, pieces) => {
    const splitter = new LineSplitter(4);
    expect(pieces.map((piece) => push(splitter, piece)).at(-1)).toBeUndefined();
  });
});
