import { cp, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Report from "../../src/commands/report.js";
import { claims } from "../../src/compare/claims.js";
import { compareWithPaper } from "../../src/compare/comparison.js";
import { reportOf } from "../../src/compare/report.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import { openRecording } from "../../src/record/read.js";
import { attestationSection } from "../../src/report/attestation.js";
import { cellsSection } from "../../src/report/cells.js";
import { markupOf } from "../../src/report/html.js";
import { syntheticGrid, syntheticRecording, syntheticRun } from "../record/synthetic.js";
import { HOSTILE, hostileRecord, readable, record, report } from "./recorded.js";
import { noSeries } from "../../src/record/series.js";

const projectRoot = join(import.meta.dirname, "../..");
let root: string;
let grid: string;
let page: string;

/** Writes a record's report and reads it. */
const reported = async (dir: string): Promise<string> => readable(await readFile(await report(dir), "utf8"));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cloudlet-report-"));
  grid = await record(root, "grid", syntheticGrid(1));
  page = await reported(grid);
});
afterAll(() => rm(root, { recursive: true }));

describe("a report", () => {
  it("has every section, and a contents that leads to each", () => {
    const links = [...page.matchAll(/<a href="#([a-z]+)">/g)].map(([, id]) => id ?? "");
    expect(links).toEqual(["cells", "figures", "thesis", "timeline", "attestation", "provenance"]);
    for (const id of links) expect(page).toContain(`<section id="${id}">`);
  });

  it("holds every chart of the catalog as a picture of its own, named in words", () => {
    const pictures = page.match(/<img[^>]*src="data:image\/svg\+xml,[^"]+"[^>]*alt="Chart: [^"]+"/g);
    expect(pictures?.length).toBeGreaterThanOrEqual(11);
    expect(page.indexOf(`id="fig-4-9"`)).toBeLessThan(page.indexOf(`id="fig-4-10"`));
  });

  it("needs no other file, runs nothing and asks for nothing", () => {
    expect(page).not.toMatch(/<script|<link|<iframe|\son[a-z]+=|@import|url\(/i);
    expect([...page.matchAll(/(?:src|href)="(?!data:|#)([^"]*)"/g)]).toEqual([]);
    expect(page).toContain("default-src &#39;none&#39;");
  });

  it("puts the run beside the thesis, as cloudlet compare does", async () => {
    const measured = await measureRun(await openRecording(grid));
    const blocks = reportOf(compareWithPaper({ measured, dir: grid }, await loadPaper()));
    const headings = blocks.flatMap((block) =>
      block.kind === "heading" && block.level === 2 ? [block.text] : [],
    );
    expect(headings.length).toBeGreaterThan(3);
    const found = [...page.matchAll(/<h3>([^<]*)<\/h3>/g)].map(([, text]) => text);
    expect(found).toEqual(expect.arrayContaining(headings.map(markupOf)));
    expect(page.match(/<th scope="rowgroup"/g)?.length).toBe(claims.length);
  });

  it("is the same bytes again, wherever the record lies", async () => {
    const copy = join(root, "elsewhere");
    await cp(grid, copy, { recursive: true });
    const [first, second] = [join(grid, "report.html"), await report(copy)];
    expect((await readFile(first)).equals(await readFile(second))).toBe(true);
  });

  it("stays small enough to send by mail", async () => {
    expect((await stat(join(grid, "report.html"))).size).toBeLessThan(6e6);
  });

  it("says in its first line whether the run is simulated", async () => {
    const run = syntheticRun("simulation");
    const dir = await record(root, "simulated", [{ bandwidthMbit: 350, rttMs: 20 }], { run });
    expect(await reported(dir)).toMatch(/<body>\s*<header>\s*<p class="origin simulated">/);
    expect(page).toMatch(/<body>\s*<header>\s*<p class="origin measured">/);
  });
});

describe("a report of text that tries to be more", () => {
  it("holds it as text", async () => {
    const hostile = await reported(await hostileRecord(root, "hostile"));
    expect(hostile).not.toContain("<script");
    expect(hostile).not.toContain("</h1><script");
    expect(hostile).not.toMatch(/[\u0007\u202e]/);
    const shown =
      "&lt;/h1&gt;&lt;script&gt;document.title=&quot;taken&quot;&lt;/script&gt;&quot;&#39; onload=&#39;x&#39;";
    // Testbed, run, profile, knob, experiment, versions, detail, reason, event, method, qdisc, token.
    expect(hostile.split(shown).length).toBeGreaterThan(15);
    expect(HOSTILE).toContain("<script");
  });
});

describe("a report of cells that are not ok", () => {
  it("names each with its reasons before any figure", async () => {
    const dir = await record(root, "troubled", [
      { bandwidthMbit: 350, rttMs: 20 },
      { bandwidthMbit: 350, rttMs: 100, status: "invalid" },
      { bandwidthMbit: 60, rttMs: 20, status: "failed" },
    ]);
    const troubled = await reported(dir);
    const cells = troubled.slice(troubled.indexOf(`id="cells"`), troubled.indexOf(`id="figures"`));
    expect(cells).toContain("2 of 3 cells are not ok");
    expect(cells).toContain("grid-bw350-rtt100-r1");
    expect(cells).toContain("migration failed: synthetic reason");
    expect(troubled).toContain("1 of 3 ok, 1 invalid, 1 failed");
    expect(troubled).toContain("<strong>invalid</strong>");
  });

  it("is whole when nothing came to its end", async () => {
    const dir = await record(root, "failed", [{ bandwidthMbit: 350, rttMs: 20, status: "failed" }]);
    const failed = await reported(dir);
    expect(failed).toContain("No attested cell of this run is at a point that the thesis has.");
    expect(failed).toMatch(/Not drawn, as this run has not the data:/);
  });

  it("is whole without migration, link, evidence and series", async () => {
    const dir = await record(root, "bare", [{ bandwidthMbit: 350, rttMs: 20 }], {
      change: ({ record: made }) => ({
        record: { ...made, migration: null, attestation: null, evidence: null, events: [], tables: {} },
        series: noSeries,
      }),
    });
    const bare = await reported(dir);
    expect(bare).toContain("not measured");
    expect(bare).toContain("No cell came to its end with anything observed over time.");
    expect(bare).not.toMatch(/NaN|undefined/);
  });

  it("shows an unshaped link as held to nothing", async () => {
    const dir = await record(root, "unshaped", [{ bandwidthMbit: 350, rttMs: 20 }], {
      change: ({ record: made, series }) => ({
        record: {
          ...made,
          parameters: { ...made.parameters, wan: { rateBps: null, rttMs: 0 } },
          attestation: made.attestation && {
            ...made.attestation,
            expected: { rttMs: null, rateBps: null, bound: "unshaped" },
          },
        },
        series,
      }),
    });
    const unshaped = await reported(dir);
    expect(unshaped).toContain("nothing but the machine");
    expect(unshaped).toContain("an unshaped link");
  });
});

describe("a report of a thousand cells", () => {
  it("shows what fits and says what it leaves out", async () => {
    const few = await measureRun(
      syntheticRecording([
        { bandwidthMbit: 350, rttMs: 20 },
        { bandwidthMbit: 350, rttMs: 50, status: "invalid" },
      ]),
    );
    const [ok, invalid] = few.cells;
    if (ok === undefined || invalid === undefined) throw new Error("two cells were measured");
    const many = (cell: typeof ok, count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...cell, record: { ...cell.record, id: `c${index}` } }));
    const [point] = few.points;
    if (point === undefined) throw new Error("a cell has a point");
    const points = [{ ...point, ok: many(ok, 700), invalid: many(invalid, 300) }];
    const measured = { ...few, cells: [...many(ok, 700), ...many(invalid, 300)], points };
    const cells = markupOf(cellsSection(measured));
    expect(cells).toContain("300 of 1000 cells are not ok");
    expect(cells).toContain("Not shown: 100 more rows, in figures/metrics.csv.");
    expect(markupOf(attestationSection(measured))).toContain(
      "Not shown: 800 more rows, in cells/*/cell.json.",
    );
  });
});

describe("cells that were measured again", () => {
  it("are listed with every attempt, also when they came to a good end", async () => {
    const measured = await measureRun(await openRecording(grid));
    const [point] = measured.points;
    const [cell] = point?.ok ?? [];
    if (point === undefined || cell === undefined) throw new Error("a cell of the grid is ok");
    const attempt = {
      startedAt: "2024-05-01T12:00:00Z",
      durationS: 3,
      status: "failed",
      reasons: ["no <route>"],
    };
    const again = {
      ...cell,
      record: { ...cell.record, earlier: [{ ...attempt, status: "failed" as const }] },
    };
    const cells = markupOf(cellsSection({ ...measured, points: [{ ...point, ok: [again] }] }));
    expect(cells).toContain("Attempts that were repeated");
    const inCells = cells.replaceAll(/<[^>]*>\s*/g, "|");
    expect(inCells).toContain(`|${cell.record.id}||1 of 2||failed||no &lt;route&gt;||ok|`);
    expect(markupOf(cellsSection(measured))).not.toContain("Attempts");
  });
});

describe("cloudlet report", () => {
  it("answers with the file that it wrote", async () => {
    const { result } = await captureOutput<{ file: string }>(() => Report.run([grid, "--json"], projectRoot));
    expect(result?.file).toBe(join(grid, "report.html"));
  });

  it("refuses an edited record by the name of the file, exit code 2", async () => {
    const dir = join(root, "edited");
    await cp(grid, dir, { recursive: true });
    await rm(join(dir, "report.html"));
    await rm(join(dir, "cells", "handover-bw350-rtt20-r1", "probe.csv.gz"));
    const { error } = await captureOutput(() => Report.run([dir], projectRoot));
    expect(error?.oclif?.exit).toBe(2);
    await expect(stat(join(dir, "report.html"))).rejects.toThrow();
  });
});
