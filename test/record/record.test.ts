import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../src/failure.js";
import { readRecording } from "../../src/record/read.js";
import { RecordWriter } from "../../src/record/write.js";
import { syntheticCell, syntheticRun } from "./synthetic.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-record-"));
});
afterEach(() => rm(dir, { recursive: true }));

const ENDED = "2024-05-01T13:00:00Z";
const cell = syntheticCell({ bandwidthMbit: 350, rttMs: 20 });
const { series: _files, ...record } = cell.record;

async function writeOneCell(): Promise<RecordWriter> {
  const writer = await RecordWriter.create(dir, syntheticRun());
  await writer.writeCell(record, cell.series);
  return writer;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

/** Changes a JSON file of the record and its hash, as someone with knowledge of the format would. */
async function forge(path: string, change: (value: Record<string, unknown>) => void): Promise<void> {
  const before = await readFile(join(dir, path), "utf8");
  const value = JSON.parse(before) as Record<string, unknown>;
  change(value);
  const after = JSON.stringify(value);
  await writeFile(join(dir, path), after);
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const manifest = await readFile(join(dir, "SHA256SUMS"), "utf8");
  await writeFile(join(dir, "SHA256SUMS"), manifest.replace(hash(before), hash(after)));
}

describe("a record", () => {
  it("comes back as it was written, times to the microsecond", async () => {
    await (await writeOneCell()).finish(ENDED);
    const recording = await readRecording(dir);
    expect(recording.run).toEqual({ ...syntheticRun(), cells: [record.id], endedAt: ENDED });
    const [read] = recording.cells;
    expect({ ...read?.record, series: {} }).toEqual({ ...record, series: {} });
    for (const name of ["ping", "iperf", "migration", "subflow"] as const) {
      expect(read?.series[name]).toHaveLength(cell.series[name].length);
    }
    const round = (value: number | null) => (value === null ? null : Math.round(value * 1000) / 1000);
    expect(read?.series.probe).toEqual(
      cell.series.probe.map((row) => ({
        ...row,
        sentMs: round(row.sentMs),
        receivedMs: round(row.receivedMs),
      })),
    );
  });

  it("is the same bytes when it is written again", async () => {
    await (await writeOneCell()).finish(ENDED);
    const first = await readFile(join(dir, "SHA256SUMS"), "utf8");
    await rm(dir, { recursive: true });
    await (await writeOneCell()).finish(ENDED);
    expect(await readFile(join(dir, "SHA256SUMS"), "utf8")).toBe(first);
  });

  it("names no file of an attempt that another one took the place of", async () => {
    const writer = await RecordWriter.create(dir, syntheticRun());
    await writer.writeAttempt(record, cell.series);
    await writer.writeCell(record, { ...cell.series, ping: [] });
    await writer.finish(ENDED);
    execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: dir });
  });

  it("can be checked with sha256sum", async () => {
    await (await writeOneCell()).finish(ENDED);
    const report = execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: dir, encoding: "utf8" });
    const files = (await readdir(join(dir, "cells", record.id))).length;
    expect(report.match(/: OK$/gm)).toHaveLength(files + 1);
  });

  it("keeps series as CSV that has a header and no trace of the time or machine", async () => {
    await writeOneCell();
    const file = await readFile(join(dir, "cells", record.id, "probe.csv.gz"));
    expect([...file.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
    expect(file[9]).toBe(255);
    const [header, line] = gunzipSync(file).toString().split("\n");
    expect(header).toBe("address,sequence,scheduledMs,sentMs,receivedMs");
    expect(line).toMatch(/^old,0,2000,2000\.\d{1,3},2002\.\d{1,3}$/);
  });

  it("has no file for a series without rows", async () => {
    const writer = await RecordWriter.create(dir, syntheticRun());
    await writer.writeCell(record, { ...cell.series, ping: [] });
    await writer.finish(ENDED);
    expect(await readdir(join(dir, "cells", record.id))).not.toContain("ping.csv.gz");
    expect((await readRecording(dir)).cells[0]?.series.ping).toEqual([]);
  });

  it("leaves nothing of a cell that could not be written", async () => {
    const writer = await RecordWriter.create(dir, syntheticRun());
    const broken = {
      ...cell.series,
      ping: [{ address: "old" as const, sequence: 0, sentMs: NaN, rttMs: 1 }],
    };
    await expect(writer.writeCell(record, broken)).rejects.toThrow("column sentMs holds NaN");
    expect(await readdir(join(dir, "cells"))).toEqual([]);
    expect(await readdir(dir)).toEqual(["cells", "run.json"]);
  });
});

describe("beginning a record", () => {
  it("refuses a folder that holds something else, and leaves it alone", async () => {
    await writeFile(join(dir, "thesis.tex"), "mine");
    const failure = await failureOf(RecordWriter.create(dir, syntheticRun()));
    expect(failure.kind).toBe("record");
    expect(failure.message).toContain("thesis.tex");
    expect(await readdir(dir)).toEqual(["thesis.tex"]);
  });

  it("refuses another run's record", async () => {
    await writeOneCell();
    const failure = await failureOf(RecordWriter.create(dir, { ...syntheticRun(), runId: "other" }));
    expect(failure.message).toContain("holds another run, synthetic-1");
  });

  it("refuses a finished record", async () => {
    await (await writeOneCell()).finish(ENDED);
    expect((await failureOf(writeOneCell())).message).toContain("finished");
  });

  it("opens a finished record again for a cell that is written anew", async () => {
    await (await writeOneCell()).finish(ENDED);
    const writer = await RecordWriter.create(dir, syntheticRun(), new Set([record.id]));
    expect((await failureOf(readRecording(dir))).message).toMatch(/never finished/);
    await writer.writeCell({ ...record, seed: 17 }, cell.series);
    await writer.finish(ENDED);
    const { run, cells } = await readRecording(dir);
    expect(run).toMatchObject({ endedAt: ENDED, cells: [record.id] });
    expect(cells[0]?.record.seed).toBe(17);
  });

  it("continues an unfinished record of the same run", async () => {
    await writeOneCell();
    const writer = await RecordWriter.create(dir, syntheticRun());
    const other = syntheticCell({ bandwidthMbit: 60, rttMs: 50 });
    await writer.writeCell(other.record, other.series);
    await writer.finish(ENDED);
    expect((await readRecording(dir)).run.cells).toEqual([record.id, other.record.id]);
  });

  it("refuses a second cell of the same id", async () => {
    const writer = await writeOneCell();
    expect((await failureOf(writer.writeCell(record, cell.series))).message).toContain("already recorded");
  });
});

describe("reading names what is wrong", () => {
  const cellFile = (name: string) => join(dir, "cells", record.id, name);

  it("no record", async () => {
    const failure = await failureOf(readRecording(join(dir, "nowhere")));
    expect(failure.place).toBe(join(dir, "nowhere", "run.json"));
    expect(failure.mend).toContain("--out");
  });

  it("no record, where the folder is meant that a file is in", async () => {
    await writeOneCell();
    const failure = await failureOf(readRecording(join(dir, "run.json")));
    expect(failure.line).toBe(
      `${join(dir, "run.json")}: no record of a run is here → name its folder: ${dir}`,
    );
  });

  it("a run that never finished", async () => {
    await writeOneCell();
    const failure = await failureOf(readRecording(dir));
    expect(failure.line).toMatch(/run\.json: the run never finished; 1 of its cells/);
  });

  it.each(["run.json", "cell.json", "probe.csv.gz"])("a truncated %s", async (name) => {
    await (await writeOneCell()).finish(ENDED);
    const file = name === "run.json" ? join(dir, name) : cellFile(name);
    await truncate(file, 100);
    const failure = await failureOf(readRecording(dir));
    expect(failure.place).toBe(file);
    expect(failure.message).toMatch(/^truncated or edited/);
  });

  it("a number changed by hand", async () => {
    await (await writeOneCell()).finish(ENDED);
    const text = await readFile(cellFile("cell.json"), "utf8");
    await writeFile(cellFile("cell.json"), text.replace('"downtimeMs": ', '"downtimeMs": 1'));
    const failure = await failureOf(readRecording(dir));
    expect(failure.line).toContain("cell.json: truncated or edited");
  });

  it("a series changed by hand", async () => {
    await (await writeOneCell()).finish(ENDED);
    const text = gunzipSync(await readFile(cellFile("iperf.csv.gz"))).toString();
    await writeFile(cellFile("iperf.csv.gz"), gzipSync(text.replace("device", "devise")));
    expect((await failureOf(readRecording(dir))).place).toBe(cellFile("iperf.csv.gz"));
  });

  it("a missing file", async () => {
    await (await writeOneCell()).finish(ENDED);
    await rm(cellFile("ping.csv.gz"));
    expect((await failureOf(readRecording(dir))).line).toContain("ping.csv.gz: the file is missing");
  });

  it("a cell that does not belong here", async () => {
    await (await writeOneCell()).finish(ENDED);
    await mkdir(join(dir, "cells", "stray"));
    expect((await failureOf(readRecording(dir))).place).toBe(join(dir, "cells", "stray"));
  });

  it("another version of the format, before anything else", async () => {
    await (await writeOneCell()).finish(ENDED);
    await forge("run.json", (run) => {
      run.schema = "cloudlet.run/0";
      run.invented = true;
    });
    const failure = await failureOf(readRecording(dir));
    expect(failure.message).toBe("its format is cloudlet.run/0; this release reads cloudlet.run/1");
  });

  it("a value of the wrong shape, by its key", async () => {
    await (await writeOneCell()).finish(ENDED);
    await forge("run.json", (run) => {
      (run.provenance as { machine: { cores: unknown } }).machine.cores = "many";
    });
    expect((await failureOf(readRecording(dir))).message).toMatch(/^provenance\.machine\.cores: /);
  });

  it("a cell id that leads out of the record", async () => {
    await (await writeOneCell()).finish(ENDED);
    await forge("run.json", (run) => {
      run.cells = ["../../etc"];
    });
    expect((await failureOf(readRecording(dir))).message).toMatch(/^cells\.0: letters/);
  });
});
