import { DOMParser, onErrorStopParsing } from "@xmldom/xmldom";
import fc from "fast-check";
import { expect, it } from "vitest";
import { element, xmlDocument } from "../../src/cli/xml.js";

/** The first element of a document, read by a parser that takes nothing ill-formed. */
function parsed(xml: string) {
  // XML 1.0, production 2 (Char); the parser lets others through.
  expect(xml).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(
    xml,
    "text/xml",
  ).documentElement;
  if (root === null) throw new Error("the document is empty");
  return root;
}

it("indents elements, leaves out what is undefined, and closes what is empty", () => {
  const xml = xmlDocument(
    element("a", { n: 1, none: undefined }, [element("b", {}), element("c", { x: "y" }, ["text"])]),
  );
  expect(xml).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<a n="1">\n  <b/>\n  <c x="y">text</c>\n</a>\n');
});

it("writes nothing that XML has no way to write, nor what would reorder it on a screen", () => {
  const root = parsed(
    xmlDocument(element("a", { v: "1\u00002\u001b[2J3\ud8004\ufffe5\u202e6" }, ["\u0007"])),
  );
  expect(root.getAttribute("v")).toBe("1\ufffd2\ufffd[2J3\ufffd4\ufffd5\ufffd6");
  expect(root.textContent).toBe("\ufffd");
});

it("gives every other text back as it was, in attributes and between tags", () => {
  const awkward = fc.constantFrom(
    "<",
    ">",
    "&",
    '"',
    "'",
    "]]>",
    "<![CDATA[",
    "&lt;",
    "\n",
    "\r",
    "\t",
    "\u2028",
    "😀",
  );
  const writable = fc
    .array(fc.oneof(awkward, fc.string({ unit: "grapheme" })), { maxLength: 8 })
    .map((parts) => parts.join(""))
    .filter(
      (text) =>
        !/[\p{Cc}\p{Cs}\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(
          text.replace(/[\n\r\t]/g, ""),
        ),
    );
  fc.assert(
    fc.property(writable, (text) => {
      const root = parsed(xmlDocument(element("a", { v: text }, [text])));
      expect(root.getAttribute("v")).toBe(text);
      expect(root.textContent).toBe(text);
    }),
  );
});
