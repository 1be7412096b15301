import type { ClaimResult } from "./comparison.js";
import type { Block, Table } from "./report.js";

/** Widest line of running text, whatever the terminal's width: longer ones are hard to read. */
const WIDEST = 100;

/** A report as lines for a terminal or a log. Tables keep their width; running text is wrapped. */
export function terminalLines(blocks: readonly Block[], columns: number): string[] {
  const width = Math.min(Math.max(columns, 40), WIDEST);
  const lines = blocks.flatMap((block) => blockLines(block, width));
  return lines[0] === "" ? lines.slice(1) : lines;
}

function blockLines(block: Block, width: number): string[] {
  switch (block.kind) {
    case "heading": {
      if (block.level === 3) return hanging("  ", plain(block.text), width);
      const lines = wrapped(plain(block.text), width);
      return block.level === 1 ? ["", ...lines, "=".repeat(lines[0]?.length ?? 0)] : ["", ...lines];
    }
    case "paragraph":
      return wrapped(plain(block.text), width);
    case "list":
      return block.items.flatMap((item) => hanging("  ", plain(item), width));
    case "table":
      return tableLines(block);
    case "claims":
      return block.claims.flatMap((claim) => claimLines(claim, width));
  }
}

export function tableLines({ columns, rows }: Table): string[] {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(plain));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  return cells.map((row) =>
    `  ${row
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === "right" ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")}`.trimEnd(),
  );
}

/** The verdict stands out where it is not what the thesis says. */
const verdicts: Record<ClaimResult["verdicts"][number]["verdict"], string> = {
  holds: "holds",
  "does not hold": "DOES NOT HOLD",
  "not tested": "not tested",
};

function claimLines({ text, place, verdicts: found }: ClaimResult, width: number): string[] {
  const label = Math.max(...found.map(({ side }) => plain(side).length));
  return [
    ...hanging("  ", `${text} (${place})`, width),
    ...found.flatMap(({ side, verdict, finding }) =>
      hanging(`    ${plain(side).padEnd(label)}  ${verdicts[verdict].padEnd(13)}  `, plain(finding), width),
    ),
  ];
}

/** Text after a prefix, wrapped so that all of it stands to the right of the prefix. */
function hanging(prefix: string, text: string, width: number): string[] {
  const [first = "", ...rest] = wrapped(text, Math.max(width - prefix.length, 20));
  return [prefix + first, ...rest.map((line) => " ".repeat(prefix.length) + line)];
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  // A line that began or ended with an arrow would be read twice.
  for (const word of text.split(/(?<!→) (?!→)/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Text of a record must not steer the terminal: control characters (C0, C1, bidirectional) are shown as such. */
const plain = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
