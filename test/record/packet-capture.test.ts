import { createHash } from "node:crypto";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CapturedPackets } from "../../src/record/packet-capture.js";
import { readRecording } from "../../src/record/read.js";
import { RecordWriter } from "../../src/record/write.js";
import { failureFrom } from "../experiment/failure-of.js";
import { syntheticCell, syntheticRun } from "./synthetic.js";

/** More than one piece of a stream. */
const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
const ENDED = "2024-05-01T13:00:00Z";

let folder: string;
let dir: string;
let captured: CapturedPackets;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-capture-"));
  dir = join(folder, "run");
  captured = {
    name: "device",
    path: join(folder, "capture.pcap"),
    packets: 12,
    dropped: 1,
    complete: false,
  };
  await writeFile(captured.path, bytes);
});
afterEach(() => rm(folder, { recursive: true }));

const { record, series } = syntheticCell({ bandwidthMbit: 350, rttMs: 20 });
const file = () => join(dir, "cells", record.id, "device.pcap.gz");

async function recordWith(captures: readonly CapturedPackets[]): Promise<void> {
  const writer = await RecordWriter.create(dir, syntheticRun());
  await writer.writeCell(record, series, captures);
  await writer.finish(ENDED);
}

describe("a packet capture", () => {
  it("moves into the record, gzipped and hashed, with what is known of it", async () => {
    await recordWith([captured]);
    const written = await readFile(file());
    expect(gunzipSync(written).equals(bytes)).toBe(true);
    const sha256 = createHash("sha256").update(written).digest("hex");
    expect(await readFile(join(dir, "SHA256SUMS"), "utf8")).toContain(
      `${sha256}  cells/${record.id}/device.pcap.gz\n`,
    );
    const [cell] = (await readRecording(dir)).cells;
    expect(cell?.record.captures).toEqual([
      { file: "device.pcap.gz", sha256, packets: 12, dropped: 1, complete: false },
    ]);
    await expect(access(captured.path), "it lies in one place only").rejects.toThrow();
  });

  it("is no key of a cell that has none", async () => {
    await recordWith([]);
    expect(await readFile(join(dir, "cells", record.id, "cell.json"), "utf8")).not.toContain("captures");
    expect((await readRecording(dir)).cells[0]?.record).not.toHaveProperty("captures");
  });

  it("is checked as all else when the record is read", async () => {
    await recordWith([captured]);
    await writeFile(file(), (await readFile(file())).subarray(0, 100));
    const failure = await failureFrom(readRecording(dir));
    expect(failure.message).toMatch(/^truncated or edited/);
    expect(failure.place).toBe(file());
    await rm(file());
    expect((await failureFrom(readRecording(dir))).message).toBe("the file is missing from the record");
  });

  it("leaves no half cell behind when it can't be read", async () => {
    const writer = await RecordWriter.create(dir, syntheticRun());
    const missing = { ...captured, path: join(folder, "nowhere.pcap") };
    await expect(writer.writeCell(record, series, [missing])).rejects.toThrow(/ENOENT/);
    await writer.writeCell(record, series, [captured]);
    await writer.finish(ENDED);
    expect((await readRecording(dir)).cells).toHaveLength(1);
  });
});
