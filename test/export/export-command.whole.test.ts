import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { captureOutput } from "@oclif/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Export from "../../src/commands/export.js";
import { RecordWriter } from "../../src/record/write.js";
import { CapturedEdge } from "../cli/captured-edge.js";
import { type SyntheticCell, syntheticCell, syntheticRun } from "../record/synthetic.js";
import { noSeries } from "../../src/record/series.js";

const POINT = { bandwidthMbit: 350, rttMs: 20 };

describe("cloudlet export", () => {
  const root = join(import.meta.dirname, "../..");
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "cloudlet-export-"));
    const writer = await RecordWriter.create(join(dir, "run"), syntheticRun());
    const cells: SyntheticCell[] = [POINT, { ...POINT, rttMs: 50 }, { ...POINT, rttMs: 50, repeat: 2 }];
    for (const each of cells) {
      const { record, series } = syntheticCell(each);
      await writer.writeCell(record, series);
    }
    await writer.writeCell({ ...syntheticCell(POINT).record, id: "empty", status: "failed" }, noSeries);
    await writer.finish("2024-05-01T13:00:00Z");
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function run(...argv: string[]) {
    const captured = new CapturedEdge();
    class Captured extends Export {
      protected override readonly edge = captured.edge;
    }
    const { error, result } = await captureOutput(() => Captured.run(argv, root));
    return { result, err: captured.err, exit: error?.oclif?.exit ?? 0 };
  }

  it("writes a file a cell beside the run, the same bytes each time, and names what it skipped", async () => {
    const { result, exit } = await run(join(dir, "run"), "--format", "flent");
    expect(exit).toBe(0);
    expect(result).toMatchObject({ skipped: ["empty"] });
    const folder = join(dir, "run-flent");
    const names = (await readdir(folder)).sort();
    expect(names).toEqual([
      "grid-bw350-rtt20-r1.flent.gz",
      "grid-bw350-rtt50-r1.flent.gz",
      "grid-bw350-rtt50-r2.flent.gz",
    ]);
    const file = join(folder, names[0] ?? "");
    const first = await readFile(file);
    expect(JSON.parse(gunzipSync(first).toString())).toMatchObject({ version: 4 });
    await run(join(dir, "run"), "--format", "flent");
    expect((await readFile(file)).equals(first)).toBe(true);
  });

  it("takes only the cells asked for, to the folder asked for", async () => {
    const out = join(dir, "elsewhere");
    const { exit } = await run(join(dir, "run"), "--format", "flent", "--only", "rtt=50", "--out", out);
    expect(exit).toBe(0);
    expect((await readdir(out)).sort()).toEqual([
      "grid-bw350-rtt50-r1.flent.gz",
      "grid-bw350-rtt50-r2.flent.gz",
    ]);
  });

  it("names the parameters that there are when none fits", async () => {
    const { err, exit } = await run(join(dir, "run"), "--format", "flent", "--only", "rtt=70");
    expect(exit).toBe(2);
    expect(err).toBe("--only rtt=70: no cell has rtt=70 → rtt can be 20, 50\n");
  });
});
