import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jsonLineSchema } from "../../src/cli/json-stream.js";
import Run from "../../src/commands/run.js";
import { CapturedEdge } from "./captured-edge.js";

const root = join(import.meta.dirname, "../..");
const published = JSON.parse(await readFile(join(root, "schema/json-line.schema.json"), "utf8")) as object;
// Formats are checked by zod; Ajv has none of its own.
const isValid = new Ajv2020({ strict: true, formats: { "date-time": true } }).compile(published);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-stream-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(...argv: string[]) {
  const captured = new CapturedEdge();
  class Captured extends Run {
    protected override readonly edge = captured.edge;
  }
  await captureOutput(() => Captured.run([...argv, "--json"], root));
  return captured.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
}

describe("the lines of cloudlet run --json", { timeout: 60_000 }, () => {
  it("are as the published schema says, and as the code's own, in a simulated run with a stop rule", async () => {
    const lines = await linesOf(
      ...["smoke", "--testbed", "sim", "--seed", "1", "--out", join(folder, "run")],
      ...["--junit", join(folder, "junit.xml"), "--repeat", "2", "--until-ci", "0.001%", "--max-repeat", "3"],
    );
    for (const line of lines) {
      expect(isValid(line), `${JSON.stringify(line)} ${JSON.stringify(isValid.errors)}`).toBe(true);
      expect(jsonLineSchema.parse(line)).toEqual(line);
    }
    const cell = ["cell-started", "cell-step", "cell-ended"];
    expect([...new Set(lines.map(({ type }) => type))].sort()).toEqual(
      [...cell, "derived", "repetition-added", "run-ended", "run-started"].sort(),
    );
    expect(lines.filter(({ type }) => type === "cell-ended")).toHaveLength(3);
    expect(await readFile(join(folder, "junit.xml"), "utf8")).toContain('tests="3" failures="0"');
  });

  it("end in one that says why, where the run was refused", async () => {
    const lines = await linesOf("no-such-experiment");
    expect(lines).toMatchObject([{ type: "error", exitCode: 2, kind: "usage" }]);
    expect(isValid(lines[0]), JSON.stringify(isValid.errors)).toBe(true);
  });

  it("know of a note, which the simulation has no cause for", () => {
    const note = { at: "2026-01-01T00:00:00.000Z", type: "note", message: "booting VM3" };
    expect(isValid(note)).toBe(true);
    expect(isValid({ ...note, message: 1 })).toBe(false);
    expect(isValid({ ...note, type: "rumour" })).toBe(false);
    expect(jsonLineSchema.safeParse(note).success).toBe(true);
  });
});
