import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Compare from "../../src/commands/compare.js";
import { RecordWriter } from "../../src/record/write.js";
import { type SyntheticCell, syntheticCell, syntheticGrid, syntheticRun } from "../record/synthetic.js";
import { CapturedEdge } from "./captured-edge.js";

const root = join(import.meta.dirname, "../..");
let folder: string;
let simulated: string;
let real: string;

async function record(name: string, cells: readonly SyntheticCell[], run = syntheticRun()): Promise<string> {
  const dir = join(folder, name);
  const writer = await RecordWriter.create(dir, run);
  for (const cell of cells) {
    const made = syntheticCell(cell);
    await writer.writeCell(made.record, made.series);
  }
  await writer.finish("2024-05-01T13:00:00Z");
  return dir;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-compare-"));
  const grid = syntheticGrid(1).filter(({ bandwidthMbit }) => bandwidthMbit !== 175);
  simulated = await record("simulated", grid, { ...syntheticRun("simulation"), runId: "s" });
  real = await record("real", grid);
});
afterAll(() => rm(folder, { recursive: true }));

async function compare(...argv: string[]) {
  const captured = new CapturedEdge();
  class Captured extends Compare {
    protected override readonly edge = captured.edge;
  }
  const { error, result } = await captureOutput(() => Captured.run(argv, root));
  return { out: captured.out, err: captured.err, exit: error?.oclif?.exit ?? 0, result };
}

describe("cloudlet compare", () => {
  it("puts a run beside the thesis", async () => {
    const { out, err, exit } = await compare(simulated);
    expect(out).toMatch(/^sim \(simulated\) beside the thesis\n=+\n/);
    expect(out).toMatch(/thesis: 8 of 8 claims hold/);
    expect([err, exit]).toEqual(["", 0]);
  });

  it("puts a run beside a run", async () => {
    const { out, exit } = await compare(simulated, real);
    expect(out).toMatch(/^sim \(simulated\) beside netns\n/);
    expect(out).toMatch(/deltaRttMs +\d/);
    expect(exit).toBe(0);
  });

  it("writes CSV and Markdown as they are, for a file", async () => {
    expect((await compare(simulated, "--format", "csv")).out).toMatch(/^kind,id,unit,.*\nside,run,/);
    expect((await compare(simulated, "--format", "markdown")).out).toMatch(/^# sim \(simulated\) beside/);
  });

  it("lets a gate that holds pass, and ends with 5 and one line for each that does not", async () => {
    expect((await compare(simulated, real, "--gate", "totalMigrationTimeS<=0")).exit).toBe(0);
    const gates = ["totalMigrationTimeS<=1000", "networkDowntimeMs<=0.01", "totalMigrationTimeS<=0.01"];
    const { out, err, exit } = await compare(simulated, ...gates.flatMap((gate) => ["--gate", gate]));
    expect(exit).toBe(5);
    expect(out).toContain("beside the thesis");
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^--gate networkDowntimeMs<=0\.01: .* allowed: 0\.01 %$/),
      expect.stringMatching(/^--gate totalMigrationTimeS<=0\.01: /),
    ]);
  });

  it("takes the folder also after a gate", async () => {
    const { exit } = await compare("--gate", "totalMigrationTimeS<=1000", simulated);
    expect(exit).toBe(0);
  });

  it("answers programs in JSON: the comparison, and after it the error of a gate", async () => {
    const { out, exit } = await compare(simulated, "--json", "--gate", "totalMigrationTimeS<=0.01");
    const [comparison, error, ...more] = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(comparison).toMatchObject({ run: { label: "sim (simulated)", run: { simulated: true } } });
    expect(error).toMatchObject({ type: "error", exitCode: 5, kind: "comparison" });
    expect([more, exit]).toEqual([[], 5]);
  });

  it.each<[string, (dir: string) => string[], RegExp]>([
    ["no record", (dir) => [join(dir, "nowhere")], /run\.json: no record of a run is here/],
    ["a gate on nothing", (dir) => [join(dir, "real"), "--gate", "x<=1"], /--gate x: x is not compared here/],
    ["a gate that is none", (dir) => [join(dir, "real"), "--gate", "8%"], /"8%" is no gate/],
    ["an unknown format", (dir) => [join(dir, "real"), "--format", "pdf"], /--format=pdf/],
  ])("refuses in one line, exit code 2: %s", async (_, argv, line) => {
    const { out, err, exit } = await compare(...argv(folder));
    expect([out, exit]).toEqual(["", 2]);
    expect(err).toMatch(line);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  it("refuses runs that share no point, and names what each has", async () => {
    const elsewhere = await record("elsewhere", [{ bandwidthMbit: 10, rttMs: 5 }]);
    const { err, exit } = await compare(elsewhere, real);
    expect(exit).toBe(2);
    expect(err).toMatch(/no attested cell is in both .* Only in .*: grid 10 Mbit\/s × 5 ms\./);
  });
});
