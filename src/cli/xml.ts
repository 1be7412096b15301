/** An XML element: text and the values of attributes are escaped when it is written. */
export interface XmlElement {
  readonly name: string;
  /** In this order; one that is undefined is left out. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly children: readonly (XmlElement | string)[];
}

export const element = (
  name: string,
  attributes: XmlElement["attributes"],
  children: XmlElement["children"] = [],
): XmlElement => ({ name, attributes, children });

/** A whole document (XML 1.0), indented; an element that holds text stands on its lines as they are. */
export const xmlDocument = (root: XmlElement): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${written(root, "")}`;

function written({ name, attributes, children }: XmlElement, indent: string): string {
  const start = `${indent}<${name}${Object.entries(attributes).map(attribute).join("")}`;
  if (children.length === 0) return `${start}/>\n`;
  const content = children
    .map((child) => (typeof child === "string" ? escaped(child) : written(child, `${indent}  `)))
    .join("");
  const isText = children.some((child) => typeof child === "string");
  return `${start}>${isText ? "" : "\n"}${content}${isText ? "" : indent}</${name}>\n`;
}

const attribute = ([name, value]: readonly [string, string | number | undefined]): string =>
  value === undefined ? "" : ` ${name}="${escaped(String(value))}"`;

/**
 * What XML 1.0 has no way to write, escaped or not (its production 2, Char): control characters, halves of
 * surrogate pairs, U+FFFE and U+FFFF. Also the marks that would reorder what stands beside them.
 */
const unwritable =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // A parser turns these into spaces in an attribute, and a carriage return into a line feed anywhere.
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
  // A line's end to a parser of XML 1.1, and to one that reads 1.0 likewise.
  "\u2028": "&#8232;",
};

const escaped = (text: string): string =>
  text.replace(unwritable, "\ufffd").replace(/[&<>"'\t\n\r\u2028]/g, (mark) => entities[mark] ?? mark);
