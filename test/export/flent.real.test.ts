import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { mean } from "simple-statistics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportFlent } from "../../src/export/flent/write.js";
import { exec } from "../../src/host/process.js";
import { readRecording } from "../../src/record/read.js";
import type { CellRecording } from "../../src/record/recording.js";
import { requirePrograms } from "../real/require-programs.js";

// As Debian packages it; its formatter of statistics needs numpy, its plots matplotlib.
requirePrograms({
  flent: ["flent", "--version"],
  "python3-matplotlib": ["/usr/bin/python3", "-c", "import matplotlib"],
});

const results = join(import.meta.dirname, "../../results");

describe.each(["netns-handover-modern", "sim-reproduce-thesis-2014"])("flent with %s", (run) => {
  let out: string;
  let file: string;
  let cell: CellRecording;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "cloudlet-flent-"));
    const dir = join(results, run);
    const { cells } = await readRecording(dir);
    const found = cells.find(({ record, series }) => record.status === "ok" && series.migration.length > 0);
    if (found === undefined) throw new Error(`no cell of ${dir} migrates VM3`);
    cell = found;
    const { files } = await exportFlent(dir, out, undefined);
    file = files.find((name) => name.endsWith(`/${cell.record.id}.flent.gz`)) ?? "";
  });
  afterAll(() => rm(out, { recursive: true }));

  /** What flent writes to a file; on standard output its greeting would stand before it. */
  async function flent(format: string): Promise<string> {
    const output = join(out, `out.${format}`);
    await exec(["flent", "-i", file, "-f", format, "-o", output]);
    return await readFile(output, "utf8");
  }

  it("gives the record's own figures in its statistics", async () => {
    const lines = parse<Record<string, string>>(await flent("stats_csv"), { columns: true });
    const of = (series: string) => lines.find((line) => line.series === series);
    const rttsMs = cell.series.ping
      .filter(({ address }) => address === "old")
      .map(({ rttMs }) => rttMs)
      .filter((rttMs) => rttMs !== null);
    const ping = of("Ping (ms) ICMP VM3");
    expect(ping?.units).toBe("ms");
    expect(Number(ping?.datapoints)).toBe(rttsMs.length);
    expect(Number(ping?.mean)).toBeCloseTo(mean(rttsMs), 3);
    expect(Number(ping?.max)).toBeCloseTo(Math.max(...rttsMs), 3);

    const polls = cell.series.migration;
    const migration = of("TCP upload migration VM2");
    expect(migration?.units).toBe("Mbits/s");
    expect(Number(migration?.datapoints)).toBe(polls.length - 1);
  });

  it("has the same steps as the file in its CSV, gaps left empty", async () => {
    const rows = parse<Record<string, string>>(await flent("csv"), { columns: true });
    const values = rows.map((row) => row["TCP upload iperf VM3"] ?? "").filter((text) => text !== "");
    const bytes = values.reduce((sum, mbit) => sum + (Number(mbit) * 1e6 * 0.1) / 8, 0);
    const sent = cell.series.iperf.filter(({ flow }) => flow === "device").map((sample) => sample.bytes);
    // The steps at both ends of the flow are observed in part.
    expect(bytes / sent.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 1);
    expect(rows.some((row) => row["Ping (ms) ICMP VM3-10ms (extra)"] === "")).toBe(true);
  });

  it("knows from the file what was measured and by what", async () => {
    const [metadata] = JSON.parse(await flent("metadata")) as Record<string, unknown>[];
    expect(metadata).toMatchObject({
      NAME: "rtt_fair_var_up",
      CLOUDLET: { cell: cell.record.id, parameters: { wan: cell.record.parameters.wan } },
    });
    expect(String(metadata?.TITLE).includes("simulated")).toBe(run.startsWith("sim"));
  });

  it.each(["all", "all_scaled", "totals", "ping_cdf", "box_combine"])("plots %s", async (plot) => {
    const png = join(out, `${plot}.png`);
    await exec(["flent", "-i", file, "-p", plot, "-o", png]);
    const image = await readFile(png);
    expect(image.subarray(1, 4).toString()).toBe("PNG");
    // An empty pair of axes takes a fifth of that.
    expect(image.length).toBeGreaterThan(15_000);
  });
});
