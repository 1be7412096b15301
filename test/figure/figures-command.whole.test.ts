import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import Figures from "../../src/commands/figures.js";
import { RecordWriter } from "../../src/record/write.js";
import { syntheticCell, syntheticRun } from "../record/synthetic.js";

const root = join(import.meta.dirname, "../..");
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-figures-"));
  const writer = await RecordWriter.create(dir, syntheticRun());
  const { record, series } = syntheticCell({ bandwidthMbit: 350, rttMs: 20 });
  await writer.writeCell(record, series);
  await writer.finish("2024-05-01T13:00:00Z");
});
afterAll(() => rm(dir, { recursive: true }));

describe("cloudlet figures", () => {
  it("lists what it made, and a word for each figure that it could not make", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    await Figures.run([dir], root);
    const stdout = log.mock.calls.map(([line]) => String(line));
    log.mockRestore();
    expect(stdout).toContain(join(dir, "figures", "fig-4-3.png"));
    expect(stdout).toContain(
      "skipped fig-3-10: no cell measures the throughput between the cloudlets over a shaped link",
    );
    expect(stdout).toContain("skipped fig-4-7: no cell at 350 or 60 Mbit/s and 50 ms has pings");
  });

  it("answers programs in JSON", async () => {
    const { result } = await captureOutput<{ files: string[]; skipped: { id: string }[] }>(() =>
      Figures.run([dir, "--json"], root),
    );
    expect(result?.files).toContain(join(dir, "figures", "metrics.csv"));
    expect(result?.skipped.map(({ id }) => id)).toEqual([
      "baseline-migration",
      "fig-3-10",
      "fig-4-2",
      "fig-4-7",
      "fig-4-8",
      "fig-4-9",
      "table-4-3",
    ]);
  });

  it("refuses a folder without a record in one line, exit code 2", async () => {
    const { error } = await captureOutput(() => Figures.run([join(dir, "nowhere")], root));
    expect(error?.oclif?.exit).toBe(2);
  });
});
