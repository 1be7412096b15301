import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadImage, createCanvas } from "@napi-rs/canvas";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderFigures, type SkippedFigure } from "../../src/figure/render.js";
import { measureRun } from "../../src/metric/measured-run.js";
import type { Recording } from "../../src/record/recording.js";
import { type SyntheticCell, syntheticGrid, syntheticRecording, syntheticRun } from "../record/synthetic.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cloudlet-figures-"));
});
afterAll(() => rm(root, { recursive: true }));

async function render(name: string, recording: Recording) {
  const skipped: SkippedFigure[] = [];
  const files = await renderFigures(await measureRun(recording), join(root, name), (figure) =>
    skipped.push(figure),
  );
  const content = async (file: string) => readFile(join(root, name, "figures", file));
  const rows = async (file: string) => parse<Record<string, string>>(await content(file), { columns: true });
  return { files, skipped, content, rows };
}

/** Two repetitions of four points, one cell of them invalid and one failed. */
const troubled: SyntheticCell[] = [
  { bandwidthMbit: 350, rttMs: 20 },
  { bandwidthMbit: 350, rttMs: 20, repeat: 2 },
  { bandwidthMbit: 350, rttMs: 100, status: "invalid" },
  { bandwidthMbit: 350, rttMs: 100, repeat: 2 },
  { bandwidthMbit: 60, rttMs: 20, status: "failed" },
  { bandwidthMbit: 60, rttMs: 20, repeat: 2 },
  { bandwidthMbit: 60, rttMs: 100 },
  { bandwidthMbit: 60, rttMs: 100, repeat: 2 },
];

describe("the figures of a whole recording", () => {
  let first: Awaited<ReturnType<typeof render>>;
  beforeAll(async () => {
    first = await render("first", syntheticRecording(syntheticGrid(2)));
  });

  it("are all there, each as CSV and each chart as PNG and SVG", () => {
    const charts = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((number) => `fig-4-${number}`);
    const tables = [5, 6, 7, 8, 9, 10, 11].map((number) => `table-4-${number}.csv`);
    expect(first.files.map((file) => basename(file))).toEqual(
      [
        ...charts.flatMap((id) => [`${id}.csv`, `${id}.png`, `${id}.svg`]),
        ...tables,
        "metrics.csv",
        "summary.csv",
      ].sort(),
    );
    expect(first.skipped).toEqual([]);
  });

  it("are the same bytes when they are made again, from cells in any order", async () => {
    const recording = syntheticRecording(syntheticGrid(2).toReversed());
    const again = await render("again", recording);
    expect(again.files).toHaveLength(first.files.length);
    for (const name of again.files.map((file) => basename(file))) {
      expect((await again.content(name)).equals(await first.content(name)), name).toBe(true);
    }
  });

  it("have text on them, whatever fonts the machine has", async () => {
    const image = await loadImage(await first.content("fig-4-4.png"));
    const canvas = createCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const titleStrip = context.getImageData(0, 0, image.width, Math.round(image.height * 0.06)).data;
    const dark = titleStrip.filter((value, index) => index % 4 === 0 && value < 100).length;
    expect(dark).toBeGreaterThan(1000);
    // Text is outlines, so that the SVG needs no font where it is read.
    expect((await first.content("fig-4-4.svg")).toString()).not.toContain("<text");
  });

  it("draw what their CSV says: mean, interval and n of each point beside the printed value", async () => {
    const rows = await first.rows("fig-4-5.csv");
    expect(rows.filter(({ kind }) => kind === "measured")).toHaveLength(12);
    expect(rows.filter(({ kind }) => kind === "paper")).toHaveLength(12);
    const ours = rows.find(({ label, rttMs }) => label === "350 Mbit/s" && rttMs === "20");
    const cells = (await first.rows("metrics.csv")).filter(
      ({ experiment, bandwidthMbit, rttMs }) =>
        experiment === "grid" && bandwidthMbit === "350" && rttMs === "20",
    );
    const values = cells.map(({ totalMigrationTimeS }) => Number(totalMigrationTimeS));
    expect(values).toHaveLength(2);
    expect(Number(ours?.totalMigrationTimeS)).toBeCloseTo(((values[0] ?? 0) + (values[1] ?? 0)) / 2, 6);
    expect(ours?.n).toBe("2");
    const printed = rows.find(({ label, rttMs }) => label === "350 Mbit/s, thesis" && rttMs === "20");
    expect(printed?.totalMigrationTimeS).toBe("14");
  });

  it("mark the slots and the migration of the handover", async () => {
    const rows = await first.rows("fig-4-3.csv");
    expect(rows.filter(({ kind }) => kind === "slot").map(({ label }) => label)).toEqual([
      "A",
      "B",
      "C",
      "D",
      "E",
    ]);
    const slotB = rows.find(({ kind, label }) => kind === "slot" && label === "B");
    expect(Number(slotB?.timeSEnd) - Number(slotB?.timeS)).toBeCloseTo(5, 9);
    expect(rows.find(({ kind }) => kind === "window")?.label).toMatch(/^migration \d+\.\d\d s$/);
  });

  it("hold the interfaces as found and as printed", async () => {
    const rows = await first.rows("table-4-7.csv");
    expect(rows.map(({ agrees }) => agrees)).toEqual(["yes", "yes", "yes", "yes"]);
    expect(rows[1]).toMatchObject({ vm: "VM3", interface: "eth1", stateFound: "UP (inactive)" });
  });

  it("give each metric with its bound, one row a cell", async () => {
    const rows = await first.rows("metrics.csv");
    expect(rows).toHaveLength(25);
    for (const { totalMigrationTimeS, totalMigrationTimeSErrorBound } of rows) {
      expect(Number(totalMigrationTimeS)).toBeGreaterThan(1);
      expect(totalMigrationTimeSErrorBound).toBe("0.05");
    }
  });
});

describe("cells that are not attested or failed", () => {
  it("are drawn apart and never enter a mean", async () => {
    const { rows } = await render("troubled", syntheticRecording(troubled));
    const drawn = await rows("fig-4-5.csv");
    const at = (kind: string, label: string, rttMs: string) =>
      drawn.filter((row) => row.kind === kind && row.label === label && row.rttMs === rttMs);
    expect(at("invalid", "350 Mbit/s, not attested", "100")).toHaveLength(1);
    expect(at("measured", "350 Mbit/s", "100")[0]?.n).toBe("1");
    expect(at("measured", "60 Mbit/s", "20")[0]?.n).toBe("1");
    expect(at("measured", "350 Mbit/s", "20")[0]?.n).toBe("2");
    const table = await rows("table-4-9.csv");
    expect(table.map(({ n, invalid, failed }) => [n, invalid, failed].join())).toEqual([
      "2,0,0",
      "1,1,0",
      "1,0,1",
      "2,0,0",
    ]);
  });

  it("leave a chart without a curve rather than with a wrong one", async () => {
    const { skipped, files } = await render(
      "failed",
      syntheticRecording([{ bandwidthMbit: 350, rttMs: 20, status: "failed" }]),
    );
    expect(files.filter((file) => file.endsWith(".png"))).toEqual([]);
    expect(skipped.find(({ id }) => id === "fig-4-3")?.reason).toBe("no cell ran to its end");
    expect(skipped.find(({ id }) => id === "fig-4-4")?.reason).toContain("networkDowntimeMs");
  });

  it("keep their reasons, and no spreadsheet runs them", async () => {
    const recording = syntheticRecording([{ bandwidthMbit: 350, rttMs: 20, status: "invalid" }]);
    const [cell] = recording.cells;
    if (cell === undefined) throw new Error("no cell");
    const reasons = ['=HYPERLINK("http://example.org")'];
    const { rows } = await render("formula", {
      ...recording,
      cells: [{ ...cell, record: { ...cell.record, reasons } }],
    });
    expect((await rows("metrics.csv"))[0]).toMatchObject({
      status: "invalid",
      reasons: `'${reasons[0] ?? ""}`,
    });
  });
});

describe("a simulated run", () => {
  it("has other pictures than a measured one of the same numbers", async () => {
    const cells = troubled.slice(0, 2);
    const measured = await render("measured", syntheticRecording(cells));
    const simulated = await render("simulated", syntheticRecording(cells, syntheticRun("simulation")));
    expect(await simulated.content("fig-4-5.csv")).toEqual(await measured.content("fig-4-5.csv"));
    expect((await simulated.content("fig-4-5.png")).equals(await measured.content("fig-4-5.png"))).toBe(
      false,
    );
  });
});
