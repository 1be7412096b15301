import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import Compare from "../../src/commands/compare.js";
import Figures from "../../src/commands/figures.js";
import Report from "../../src/commands/report.js";
import Verify from "../../src/commands/verify.js";
import { ExitCode } from "../../src/failure.js";
import { RecordWriter } from "../../src/record/write.js";
import { CapturedEdge } from "../cli/captured-edge.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";
import { writeRecord } from "./written-run.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-hostile-"));
});
afterEach(() => rm(dir, { recursive: true }));

const commands = { figures: Figures, compare: Compare, report: Report, verify: Verify };
type Name = keyof typeof commands;
const names = Object.keys(commands) as Name[];

/** All that a command wrote, and how it ended. */
async function run(name: Name, ...argv: string[]) {
  const captured = new CapturedEdge();
  const log = vi.spyOn(console, "log").mockImplementation((line: unknown) => {
    captured.out += `${String(line)}\n`;
  });
  const command = commands[name] as unknown as typeof Figures;
  class Captured extends command {
    protected override readonly edge = captured.edge;
  }
  try {
    const { error } = await captureOutput(() => Captured.run(argv, join(import.meta.dirname, "../..")));
    return { out: captured.out, err: captured.err, exit: error?.oclif?.exit ?? ExitCode.Ok };
  } finally {
    log.mockRestore();
  }
}

const ID = "grid-bw350-rtt20-r1";

describe.each(names)("a damaged record under cloudlet %s", (name) => {
  const refused = name === "verify" ? ExitCode.VerificationFailed : ExitCode.Usage;

  it.each<[string, string, () => Promise<void>]>([
    [
      "a truncated cell.json",
      `cells/${ID}/cell.json`,
      () => truncate(join(dir, `cells/${ID}/cell.json`), 200),
    ],
    [
      "a truncated series",
      `cells/${ID}/iperf.csv.gz`,
      () => truncate(join(dir, `cells/${ID}/iperf.csv.gz`), 200),
    ],
    ["a run.json of another version", "run.json", () => edit("run.json", "cloudlet.run/1", "cloudlet.run/0")],
    [
      "a value changed by hand",
      `cells/${ID}/cell.json`,
      () => edit(`cells/${ID}/cell.json`, '"durationS": ', '"durationS": 1'),
    ],
  ])("is named: %s", async (_, file, damage) => {
    await writeRecord(dir, [{ bandwidthMbit: 350, rttMs: 20 }]);
    await damage();
    const { out, err, exit } = await run(name, dir);
    expect(exit).toBe(refused);
    expect(`${out}${err}`).toContain(file);
    expect(err).toMatch(/ → /);
  });

  it("is named when it is half-finished, with the command that goes on", async () => {
    const writer = await RecordWriter.create(dir, syntheticRun());
    const { record, series } = syntheticCell({ bandwidthMbit: 350, rttMs: 20 });
    await writer.writeCell(record, series);
    const { err, exit } = await run(name, dir);
    expect(exit).toBe(ExitCode.Usage);
    expect(err).toMatch(
      /run\.json: the run never finished; 1 of its cells are whole → go on with it: .*--out/,
    );
  });
});

async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(dir, path), "utf8");
  expect(text).toContain(from);
  await writeFile(join(dir, path), text.replace(from, to));
}

describe("a record whose strings are made to mislead", { timeout: 30_000 }, () => {
  const reason = '=HYPERLINK("http://x")\u001b[2J\u009b31m\u202egnp.exe <script>alert(1)</script>';

  beforeEach(async () => {
    const writer = await RecordWriter.create(dir, { ...syntheticRun(), runId: "r\u001b]0;owned\u0007" });
    for (const repeat of [1, 2]) {
      const { record, series } = syntheticCell({ bandwidthMbit: 350, rttMs: 20, repeat });
      await writer.writeCell(
        { ...record, ...(repeat === 2 ? { status: "failed", reasons: [reason] } : {}) },
        series,
      );
    }
    await writer.finish("2024-05-01T13:00:00Z");
  });

  it.each(names)("reaches no terminal under %s", async (name) => {
    for (const argv of [[dir], [dir, "--json"]]) {
      const { out, err } = await run(name, ...argv);
      expect(`${out}${err}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it("is shown to a person all the same, as what it is", async () => {
    const { out } = await run("compare", dir);
    expect(out).toContain("[2J");
  });

  it("is text in a CSV, and no formula", async () => {
    await run("figures", dir);
    for (const file of ["figures/metrics.csv", "comparison/thesis.csv"]) {
      const rows: string[][] = parse(await readFile(join(dir, file)));
      const formulas = rows.flat().filter((field) => /^[=+@]|^-(?!\d)/.test(field));
      expect(formulas, file).toEqual([]);
      expect(
        rows.flat().some((field) => field.includes("HYPERLINK")),
        file,
      ).toBe(true);
    }
  });

  it("is text in the report, and no markup", async () => {
    await run("report", dir);
    const html = await readFile(join(dir, "report.html"), "utf8");
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;script&gt;");
  });
});
