import { basename } from "node:path";
import { loadImage, createCanvas } from "@napi-rs/canvas";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { renderFigures, type SkippedFigure } from "../../src/figure/render.js";
import { measureRun } from "../../src/metric/measured-run.js";
import type { Recording } from "../../src/record/recording.js";
import { type SyntheticCell, syntheticGrid, syntheticRecording, syntheticRun } from "../record/synthetic.js";
import {
  BASELINE,
  baselineCells,
  baselineMigration,
  EFFECTIVE_WINDOW_KIB,
  throughputCell,
  syntheticThesisRun,
} from "../record/synthetic-baseline.js";

async function render(recording: Recording) {
  const skipped: SkippedFigure[] = [];
  const made = await renderFigures(await measureRun(recording), (figure) => skipped.push(figure));
  const files = made.map(({ path }) => path);
  const content = (file: string): Buffer => {
    const found = made.find(({ path }) => path === `figures/${file}`);
    if (found === undefined) throw new Error(`no ${file}`);
    return Buffer.from(found.content);
  };
  const rows = (file: string) => parse<Record<string, string>>(content(file), { columns: true });
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
    first = await render(syntheticThesisRun(baselineCells(2), syntheticGrid(2)));
  });

  it("are all there, each as CSV and each chart as PNG and SVG", () => {
    const charts = [
      "3-10",
      "4-2",
      ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((number) => `4-${number}`),
    ].map((number) => `fig-${number}`);
    const tables = [3, 5, 6, 7, 8, 9, 10, 11].map((number) => `table-4-${number}.csv`);
    expect(first.files.map((file) => basename(file))).toEqual(
      [
        ...charts.flatMap((id) => [`${id}.csv`, `${id}.png`, `${id}.svg`]),
        ...tables,
        "baseline-migration.csv",
        "metrics.csv",
        "summary.csv",
      ].sort(),
    );
    expect(first.skipped).toEqual([]);
  });

  it("are the same bytes when they are made again, from cells in any order", async () => {
    const again = await render(
      syntheticThesisRun(baselineCells(2).toReversed(), syntheticGrid(2).toReversed()),
    );
    expect(again.files).toHaveLength(first.files.length);
    for (const name of again.files.map((file) => basename(file))) {
      expect(again.content(name).equals(first.content(name)), name).toBe(true);
    }
  });

  it("have text on them, whatever fonts the machine has", async () => {
    const image = await loadImage(first.content("fig-4-4.png"));
    const canvas = createCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const titleStrip = context.getImageData(0, 0, image.width, Math.round(image.height * 0.06)).data;
    const dark = titleStrip.filter((value, index) => index % 4 === 0 && value < 100).length;
    expect(dark).toBeGreaterThan(1000);
    // Text is outlines, so that the SVG needs no font where it is read.
    expect(first.content("fig-4-4.svg").toString()).not.toContain("<text");
  });

  it("draw what their CSV says: mean, interval and n of each point beside the printed value", () => {
    const rows = first.rows("fig-4-5.csv");
    expect(rows.filter(({ kind }) => kind === "measured")).toHaveLength(12);
    expect(rows.filter(({ kind }) => kind === "paper")).toHaveLength(12);
    const ours = rows.find(({ label, rttMs }) => label === "350 Mbit/s" && rttMs === "20");
    const cells = first
      .rows("metrics.csv")
      .filter(
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

  it("mark the slots and the migration of the handover", () => {
    const rows = first.rows("fig-4-3.csv");
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

  it("put the measured throughput beside what the equation gives for the window asked for", () => {
    const rows = first.rows("fig-3-10.csv");
    const measured = rows.filter(({ kind }) => kind === "measured");
    expect(measured).toHaveLength(6);
    for (const { cloudletsRttMs, cloudletsThroughputMbit } of measured) {
      const windowKiB = (Number(cloudletsThroughputMbit) * Number(cloudletsRttMs) * 1000) / 8 / 1024;
      expect(windowKiB).toBeCloseTo(EFFECTIVE_WINDOW_KIB, 2);
    }
    const formula = rows.filter(({ kind }) => kind === "formula");
    expect(new Set(formula.map(({ label }) => label))).toEqual(new Set(["83.5 KiB / RTT"]));
    expect(formula[0]?.cloudletsRttMs).toBe(measured[0]?.cloudletsRttMs);
    for (const { cloudletsRttMs, cloudletsThroughputMbit } of formula) {
      const windowKiB = (Number(cloudletsThroughputMbit) * Number(cloudletsRttMs) * 1000) / 8 / 1024;
      expect(windowKiB).toBeCloseTo(83.5, 4);
    }
  });

  it("mark the migration in the cloudlets' own throughput, and the thesis's beside", () => {
    const rows = first.rows("fig-4-2.csv");
    expect(rows.find(({ kind }) => kind === "window")?.label).toMatch(/^T = \d+\.\d\d s$/);
    const paper = rows.filter(({ kind }) => kind === "paper").map(({ throughputMbit }) => throughputMbit);
    expect(new Set(paper)).toEqual(new Set(["627"]));
    const rates = rows.filter(({ kind }) => kind === "measured").map((row) => Number(row.throughputMbit));
    expect(rates[0]).toBeCloseTo(BASELINE.cloudletsMbit, 6);
    expect(rates.at(-1)).toBeCloseTo(BASELINE.loadedMbit, 6);
  });

  it("hold the baseline as measured and as printed", () => {
    const paths = first.rows("table-4-3.csv");
    expect(paths.map(({ between, metric, n, printed }) => [between, metric, n, printed])).toEqual([
      ["VM1 and VM2", "cloudletsRttMs", "2", "0.382"],
      ["VM1 and VM2", "cloudletsThroughputMbit", "2", "627"],
      ["VM3 and VM4", "deviceRttMs", "2", "0.392"],
      ["VM3 and VM4", "deviceThroughputMbit", "2", "160"],
    ]);
    const migrations = first.rows("baseline-migration.csv");
    expect(
      migrations
        .filter(({ printed }) => printed !== "")
        .map(({ load, metric, printed }) => [load, metric, printed]),
    ).toEqual([
      ["none", "totalMigrationTimeS", "10.67"],
      ["none", "networkDowntimeMs", "243.46"],
      ["none", "migrationGoodputMbit", "197.19"],
      ["iperf from VM2 to VM1", "totalMigrationTimeS", "11.16"],
      ["iperf from VM2 to VM1", "networkDowntimeMs", "244.8"],
    ]);
  });

  it("give rate and window of equations 4.2 and 4.1 with what the thesis made of them, and its errata", () => {
    const rows = first.rows("table-4-11.csv");
    const at = (bandwidthMbit: string, rttMs: string) =>
      rows.find((row) => row.bandwidthMbit === bandwidthMbit && row.rttMs === rttMs);
    expect(at("350", "150")).toMatchObject({
      printedAverageRateMbit: "50.07",
      printedAverageWindowKB: "916",
    });
    const { averageRateMbit, averageWindowKiB } = at("350", "150") ?? {};
    expect(Number(averageWindowKiB)).toBeCloseTo((Number(averageRateMbit) * 1e6 * 0.15) / 8 / 1024, 3);
    expect(rows.filter(({ errata }) => errata !== "").map(({ errata }) => errata?.split(":")[0])).toEqual([
      "bdp-350x50",
      "average-receive-window",
    ]);
  });

  it("hold the interfaces as found and as printed", () => {
    const rows = first.rows("table-4-7.csv");
    expect(rows.map(({ agrees }) => agrees)).toEqual(["yes", "yes", "yes", "yes"]);
    expect(rows[1]).toMatchObject({ vm: "VM3", interface: "eth1", stateFound: "UP (inactive)" });
  });

  it("give each metric with its bound, one row a cell", () => {
    const rows = first.rows("metrics.csv");
    expect(rows).toHaveLength(43);
    const migrated = rows.filter(({ experiment }) => experiment === "grid" || experiment === "handover");
    expect(migrated).toHaveLength(25);
    for (const { totalMigrationTimeS, totalMigrationTimeSErrorBound } of migrated) {
      expect(Number(totalMigrationTimeS)).toBeGreaterThan(1);
      expect(totalMigrationTimeSErrorBound).toBe("0.05");
    }
  });
});

describe("cells that are not attested or failed", () => {
  it("are drawn apart and never enter a mean", async () => {
    const { rows } = await render(syntheticRecording(troubled));
    const drawn = rows("fig-4-5.csv");
    const at = (kind: string, label: string, rttMs: string) =>
      drawn.filter((row) => row.kind === kind && row.label === label && row.rttMs === rttMs);
    expect(at("invalid", "350 Mbit/s, not attested", "100")).toHaveLength(1);
    expect(at("measured", "350 Mbit/s", "100")[0]?.n).toBe("1");
    expect(at("measured", "60 Mbit/s", "20")[0]?.n).toBe("1");
    expect(at("measured", "350 Mbit/s", "20")[0]?.n).toBe("2");
    const table = rows("table-4-9.csv");
    expect(table.map(({ n, invalid, failed }) => [n, invalid, failed].join())).toEqual([
      "2,0,0",
      "1,1,0",
      "1,0,1",
      "2,0,0",
    ]);
  });

  it("are counted in summary.csv, where a point of failures alone has its rows, too", async () => {
    const { rows } = await render(
      syntheticRecording([
        { bandwidthMbit: 350, rttMs: 20 },
        { bandwidthMbit: 350, rttMs: 50, status: "failed" },
      ]),
    );
    const found = rows("summary.csv").filter(({ metric }) => metric === "totalMigrationTimeS");
    expect(
      found.map(({ rttMs, n, invalid, failed, interval }) => [rttMs, n, invalid, failed, interval]),
    ).toEqual([
      ["20", "1", "0", "0", "bound"],
      ["50", "0", "0", "1", ""],
    ]);
  });

  it("leave a chart without a curve rather than with a wrong one", async () => {
    const { skipped, files } = await render(
      syntheticRecording([{ bandwidthMbit: 350, rttMs: 20, status: "failed" }]),
    );
    expect(files.filter((file) => file.endsWith(".png"))).toEqual([]);
    expect(skipped.find(({ id }) => id === "fig-4-3")?.reason).toBe("no handover of the run came to its end");
    expect(skipped.find(({ id }) => id === "fig-4-4")?.reason).toContain("networkDowntimeMs");
  });

  it("keep their reasons, and no spreadsheet runs them", async () => {
    const recording = syntheticRecording([{ bandwidthMbit: 350, rttMs: 20, status: "invalid" }]);
    const [cell] = recording.cells;
    if (cell === undefined) throw new Error("no cell");
    const reasons = ['=HYPERLINK("http://example.org")'];
    const { rows } = await render({
      ...recording,
      cells: [{ ...cell, record: { ...cell.record, reasons } }],
    });
    expect(rows("metrics.csv")[0]).toMatchObject({
      status: "invalid",
      reasons: `'${reasons[0] ?? ""}`,
    });
  });
});

describe("a run of some experiments only", () => {
  it("draws what it has, and says why the rest is left out", async () => {
    const { files, skipped } = await render(syntheticThesisRun(baselineCells(1), []));
    const drawn = files.filter((file) => !/\.(png|svg)$/.test(file)).map((file) => basename(file, ".csv"));
    expect(drawn).toEqual(["baseline-migration", "fig-3-10", "fig-4-2", "metrics", "summary", "table-4-3"]);
    const reasons = Object.fromEntries(skipped.map(({ id, reason }) => [id, reason]));
    expect(reasons["fig-4-4"]).toBe("the run has no handover over a shaped link");
    expect(reasons["table-4-11"]).toBe("the run has no handover over a shaped link");
    expect(reasons["fig-4-3"]).toBe("no handover of the run came to its end");
  });

  it("takes no throughput measurement for the grid, however wide", async () => {
    const cells = baselineCells(1).filter(({ record }) => record.experiment === "window");
    const { rows } = await render(syntheticThesisRun(cells, [{ bandwidthMbit: 350, rttMs: 20 }]));
    expect(rows("table-4-9.csv").map(({ bandwidthMbit, rttMs }) => [bandwidthMbit, rttMs])).toEqual([
      ["350", "20"],
    ]);
    const labels = rows("fig-4-5.csv").map(({ label }) => label);
    expect(new Set(labels)).toEqual(new Set(["350 Mbit/s", "350 Mbit/s, thesis"]));
  });

  it("shows cells that are not attested hollow, and enters them into nothing", async () => {
    const cells = [
      throughputCell({ bandwidthMbit: 350, rttMs: 20 }),
      throughputCell({ bandwidthMbit: 350, rttMs: 50 }, { status: "invalid" }),
      throughputCell("unshaped", { status: "invalid" }),
      baselineMigration("loaded", { status: "invalid" }),
    ];
    const { rows, skipped } = await render(syntheticThesisRun(cells, []));
    const kinds = rows("fig-3-10.csv")
      .filter(({ kind }) => kind !== "formula")
      .map(({ kind }) => kind);
    expect(kinds).toEqual(["measured", "invalid"]);
    expect(rows("fig-4-2.csv").some(({ kind }) => kind === "measured")).toBe(false);
    expect(skipped.map(({ id }) => id)).toEqual(expect.arrayContaining(["table-4-3", "baseline-migration"]));
  });
});

describe("a simulated run", () => {
  it("has other pictures than a measured one of the same numbers", async () => {
    const cells = troubled.slice(0, 2);
    const measured = await render(syntheticRecording(cells));
    const simulated = await render(syntheticRecording(cells, syntheticRun("simulation")));
    expect(simulated.content("fig-4-5.csv")).toEqual(measured.content("fig-4-5.csv"));
    expect(simulated.content("fig-4-5.png").equals(measured.content("fig-4-5.png"))).toBe(false);
  });
});
