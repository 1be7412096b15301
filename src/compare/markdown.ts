import type { ClaimResult } from "./comparison.js";
import type { Block, Table } from "./report.js";

/** A report as a Markdown file (GitHub's flavour, for the tables). */
export function markdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${plain(block.text)}`;
    case "paragraph":
      return plain(block.text);
    case "list":
      return block.items.map((item) => `- ${plain(item)}`).join("\n");
    case "table":
      return tableText(block);
    case "claims":
      return tableText(claimsTable(block.claims));
  }
}

function tableText({ columns, rows }: Table): string {
  return [
    columns.map(({ title }) => plain(title)),
    columns.map(({ align }) => (align === "right" ? "---:" : "---")),
    ...rows.map((row) => row.map(plain)),
  ]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

const claimsTable = (claims: readonly ClaimResult[]): Table => ({
  kind: "table",
  columns: ["claim", "where", "side", "verdict", "finding"].map((title) => ({ title, align: "left" })),
  rows: claims.flatMap(({ text, place, verdicts }) =>
    verdicts.map(({ side, verdict, finding }, index) => [
      index === 0 ? text : "",
      index === 0 ? place : "",
      side,
      verdict,
      finding,
    ]),
  ),
});

/** Text of a record stays text: one line, no markup, no HTML. */
const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]|~#]/g, (mark) => `\\${mark}`);
