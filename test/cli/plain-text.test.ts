import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plainJson, plainText } from "../../src/cli/plain-text.js";

describe("text of a record on a terminal", () => {
  it("shows what a terminal would obey", () => {
    expect(plainText("\u001b[2J\u009b31mred\u0007\r\u202eevil\u2066")).toBe("�[2J�31mred���evil�");
  });

  it("leaves lines, tabs and every script as they are", () => {
    const text = "Übertragung ± 5 %\n\tπ → 東京 שלום";
    expect(plainText(text)).toBe(text);
  });

  it("is the same value as JSON, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = plainJson({ text });
        expect(JSON.parse(json)).toEqual({ text });
        expect(plainText(json)).toBe(json);
      }),
    );
  });
});
