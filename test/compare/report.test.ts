import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { type Comparison, compareRuns, compareWithPaper } from "../../src/compare/comparison.js";
import { comparisonCsv } from "../../src/compare/csv.js";
import { markdown } from "../../src/compare/markdown.js";
import { reportOf } from "../../src/compare/report.js";
import { terminalLines } from "../../src/compare/terminal.js";
import { comparisonFiles } from "../../src/compare/files.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import type { Recording } from "../../src/record/recording.js";
import { syntheticGrid, syntheticRecording, syntheticRun } from "../record/synthetic.js";
import { baselineCells, syntheticThesisRun } from "../record/synthetic-baseline.js";

const paper = await loadPaper();
const run = async (recording: Recording, dir = "runs/x") => ({ measured: await measureRun(recording), dir });
const simulated = syntheticRecording(syntheticGrid(1), syntheticRun("simulation"));
const real = syntheticRecording(syntheticGrid(2));

const withPaper = compareWithPaper(await run(simulated), paper);
const withRun = compareRuns(await run(simulated), await run(real, "runs/y"), paper);

const lines = (comparison: Comparison, columns = 100) => terminalLines(reportOf(comparison), columns);

/** A run whose texts try to be more than text. */
const hostile = await (async () => {
  const recording = syntheticRecording([
    { bandwidthMbit: 350, rttMs: 20 },
    { bandwidthMbit: 60, rttMs: 20, status: "invalid" },
  ]);
  const reasons = ['=HYPERLINK("http://example.org")\u001b[2J\r\n<script>| `x` | [a](b)'];
  return compareWithPaper(
    await run({
      run: { ...recording.run, testbed: { name: "=1+1|<b>\u202e", kind: "emulation" } },
      cells: recording.cells.map((cell) =>
        cell.record.status === "ok" ? cell : { ...cell, record: { ...cell.record, reasons } },
      ),
    }),
    paper,
  );
})();

describe("a comparison in a terminal", () => {
  it("has no line over 100 columns, wraps text on a narrow one and leaves no blank at line ends", () => {
    for (const comparison of [withPaper, withRun]) {
      for (const line of lines(comparison)) {
        expect(line.length, line).toBeLessThanOrEqual(100);
        expect(line).toBe(line.trimEnd());
      }
    }
    for (const line of lines(withPaper, 60)) expect(line).not.toMatch(/^ *→|→$/);
    const narrow = lines(withPaper, 60).filter((line) => line.includes("→") || line.startsWith("Residual:"));
    expect(narrow.every((line) => line.length <= 60)).toBe(true);
  });

  it("lines up each point of the thesis with the run, its ratio and its residual", () => {
    const text = lines(withPaper);
    const heading = text.indexOf("Total VM migration time, s (Table 4.9, p. 83)");
    expect(text[heading + 1]).toMatch(/^ +Mbit\/s × ms +thesis +sim \(simulated\) +ratio +residual$/);
    expect(text[heading + 2]).toMatch(/^ +350 × 20 +14\.00 +\d+\.\d\d ± 0\.05 +\d\.\d\d +[+−]\d+\.\d %$/);
    expect(text.slice(heading + 2, heading + 14).every((line) => line.endsWith(" %"))).toBe(true);
  });

  it("shows thesis, reference and run of two runs in one table, n where it differs", () => {
    const text = lines(withRun).join("\n");
    expect(text).toMatch(
      /Mbit\/s × ms +thesis +netns +\/ thesis +sim \(simulated\) +\/ thesis +ratio +residual/,
    );
    expect(text).toMatch(
      /\n {2}grid\n.*\n +350 × 20 +14\.00 +[\d.]+ ± [\d.]+ \(n=2\) +0\.\d\d +[\d.]+ ± 0\.05 \(n=1\) +0\.\d\d /,
    );
    expect(text).toContain("runs/x");
    expect(text).toContain("runs/y");
  });

  it("ends with what it comes to: residuals a metric, claims a side, and their tally", () => {
    const text = lines(withPaper).join("\n");
    expect(text).toMatch(/totalMigrationTimeS +12 +\d+\.\d % +[+−]\d+\.\d % at \d+×\d+ +[+−]\d/);
    expect(text).toMatch(/sim \(simulated\)  (holds|DOES NOT HOLD) +grows in \d of 9 steps/);
    expect(text).toMatch(/thesis: 8 of 8 claims hold; sim \(simulated\): \d+ of 11 claims hold\.\n/);
  });

  it("gives each run's residuals against the thesis, too, and unshaped links as such", async () => {
    const thesisRun = (kind: "emulation" | "simulation") =>
      run(syntheticThesisRun(baselineCells(2), syntheticGrid(2), syntheticRun(kind)));
    const compared = lines(compareRuns(await thesisRun("simulation"), await thesisRun("emulation"), paper));
    for (const line of compared) expect(line.length, line).toBeLessThanOrEqual(100);
    const text = compared.join("\n");
    expect(text).toMatch(/\n {2}baseline-migration-loaded\n.*\n +unshaped +11\.16 /);
    expect(text).toMatch(/Residuals of sim \(simulated\) against thesis\n.*\n {2}totalMigrationTimeS +14 /);
    expect(text).toMatch(/Residuals of netns against thesis\n.*\n {2}totalMigrationTimeS +14 /);
    expect(text).not.toMatch(/NaN|Infinity|null|undefined/);
  });

  it("lets no text of a record steer the terminal", () => {
    const text = lines(hostile).join("\n");
    expect(text).toContain("60-rtt20-r1: invalid: =HYPERLINK");
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

describe("a comparison as CSV", () => {
  const rows = (comparison: Comparison) =>
    parse<Record<string, string>>(comparisonCsv(comparison), { columns: true });

  it("has a row for each side, point, metric and verdict, in this order", () => {
    const kinds = rows(withPaper).map(({ kind }) => kind);
    expect([...new Set(kinds)]).toEqual(["side", "point", "metric", "claim", "note"]);
    expect(kinds.filter((kind) => kind === "point")).toHaveLength(29);
    expect(rows(withPaper)[0]?.text).toContain("testbed sim (simulated)");
  });

  it("says of each agreement between whom, and of each point in what setting", async () => {
    const recording = syntheticThesisRun(baselineCells(1), syntheticGrid(1));
    const compared = rows(compareRuns(await run(recording), await run(real), paper));
    const ofTime = compared.filter(({ kind, id }) => kind === "metric" && id === "totalMigrationTimeS");
    expect(ofTime.map(({ side, against }) => [side, against])).toEqual([
      ["synthetic-1", "synthetic-1"],
      ["synthetic-1", "thesis"],
      ["synthetic-1", "thesis"],
    ]);
    const beside = rows(compareWithPaper(await run(recording), paper));
    expect(
      beside.find(({ id, setting }) => id === "totalMigrationTimeS" && setting === "idle migration"),
    ).toMatchObject({ kind: "point", bandwidthMbit: "", rttMs: "0", printed: "10.67" });
  });

  it("keeps all digits that mean anything", () => {
    const [point] = rows(withPaper).filter(({ kind }) => kind === "point");
    const [row] = withPaper.metrics[0]?.rows ?? [];
    expect(Number(point?.run)).toBeCloseTo(row?.run.value ?? NaN, 6);
    expect(point).toMatchObject({ id: "totalMigrationTimeS", reference: "14", referenceHalfWidth: "" });
  });

  it("is the same text from cells in any order", async () => {
    const shuffled = { ...simulated, cells: simulated.cells.toReversed() };
    expect(comparisonCsv(compareWithPaper(await run(shuffled), paper))).toBe(comparisonCsv(withPaper));
  });

  it("hands no spreadsheet a formula", () => {
    const fields = rows(hostile).flatMap((row) => Object.values(row));
    expect(fields).toContain("'=1+1|<b>\u202e");
    expect(fields.filter((field) => /^[=+@\t\r]/.test(field))).toEqual([]);
  });
});

describe("a comparison as Markdown", () => {
  it("is made of whole tables, each row as wide as its head", () => {
    for (const comparison of [withPaper, withRun, hostile]) {
      const tables = markdown(reportOf(comparison))
        .split("\n\n")
        .filter((block) => block.startsWith("|"));
      expect(tables.length).toBeGreaterThan(3);
      for (const table of tables) {
        const widths = table.split("\n").map((row) => row.replaceAll("\\|", "").split("|").length);
        expect(new Set(widths).size, table).toBe(1);
      }
    }
  });

  it("keeps text of a record text", () => {
    const text = markdown(reportOf(hostile));
    expect(text).toContain("&lt;script&gt;\\| \\`x\\` \\| \\[a\\](b)");
    expect(text).not.toContain("<script>");
  });
});

it("lies beside the record without naming where that lies, and is the same bytes each time", async () => {
  const files = comparisonFiles(withPaper);
  expect(files.map(({ path }) => path)).toEqual(["comparison/thesis.md", "comparison/thesis.csv"]);
  expect(files.map(({ content }) => content).join()).not.toContain("runs/x");
  const again = comparisonFiles(compareWithPaper(await run(simulated, "elsewhere"), paper));
  expect(again).toEqual(files);
});
