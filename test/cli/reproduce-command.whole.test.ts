import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLineSchema } from "../../src/cli/json-stream.js";
import Reproduce from "../../src/commands/reproduce.js";
import { readReproduction, REPRODUCTION_FILE } from "../../src/experiment/reproduction.js";
import { ExitCode } from "../../src/failure.js";
import { readRecording } from "../../src/record/read.js";
import { CapturedEdge } from "./captured-edge.js";

const root = join(import.meta.dirname, "../..");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-reproduce-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The whole of it on the simulated testbed, as a program asks for it: one JSON object a line. */
async function reproduce(...argv: string[]) {
  const captured = new CapturedEdge();
  class Captured extends Reproduce {
    protected override readonly edge = captured.edge;
  }
  const { error } = await captureOutput(() => Captured.run([...argv, "--json"], root));
  const events = captured.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { events, last: events.at(-1), err: captured.err, exit: error?.oclif?.exit ?? process.exitCode };
}

describe("cloudlet reproduce", { timeout: 120_000 }, () => {
  it("runs every experiment of the thesis, draws, compares, and says where all of it is", async () => {
    const dir = join(folder, "run");
    const { events, last, err, exit } = await reproduce("--seed", "1", "--out", dir);
    expect([err, exit]).toEqual(["", ExitCode.Ok]);
    const { run, cells } = await readRecording(dir);
    expect(run).toMatchObject({ testbed: { kind: "simulation" }, profile: { name: "thesis-2014" }, seed: 1 });
    const { experiments } = await readReproduction(join(root, "experiments", REPRODUCTION_FILE));
    expect(run.experiments.map(({ name }) => name)).toEqual(experiments);
    expect(cells.map(({ record }) => record.status)).toEqual(Array.from({ length: 22 }, () => "ok"));

    expect(events[0]).toMatchObject({ type: "run-started", kind: "simulation" });
    expect(last).toMatchObject({ type: "reproduction", dir, derived: { skipped: [] } });
    for (const event of events) expect(jsonLineSchema.parse(event)).toEqual(event);
    const { figures, comparison, report, dataPackage } = last?.derived as Record<string, string[]>;
    const figureFiles = await readdir(join(dir, "figures"));
    expect(figures).toEqual(figureFiles.sort().map((file) => join(dir, "figures", file)));
    expect(comparison).toEqual(["thesis.csv", "thesis.md"].map((file) => join(dir, "comparison", file)));
    for (const file of comparison ?? []) expect(await readFile(file, "utf8")).toContain("simulated");
    expect([report, dataPackage]).toEqual(["report.html", "datapackage.json"].map((file) => join(dir, file)));
  });

  it("never writes over a finished run", async () => {
    const { last, err, exit } = await reproduce("--out", join(folder, "run"));
    expect(exit).toBe(ExitCode.Usage);
    expect(err).toMatch(/no run can be written here: it holds a finished run/);
    expect(last).toMatchObject({ type: "error", kind: "record" });
  });

  it("makes with --resume what is derived of a run that was killed after its last cell", async () => {
    const dir = join(folder, "run");
    const record = await readFile(join(dir, "SHA256SUMS"), "utf8");
    const report = await readFile(join(dir, "report.html"), "utf8");
    await rm(join(dir, "figures"), { recursive: true });
    await rm(join(dir, "report.html"));
    const { last, err, exit } = await reproduce("--resume", dir);
    expect([err, exit]).toEqual(["", ExitCode.Ok]);
    expect(last).toMatchObject({ type: "reproduction", dir, derived: { skipped: [] } });
    expect(await readFile(join(dir, "report.html"), "utf8")).toBe(report);
    expect(await readFile(join(dir, "SHA256SUMS"), "utf8")).toBe(record);
  });
});
