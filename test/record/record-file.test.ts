import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecordFile, unpack } from "../../src/record/record-file.js";
import { failureFrom } from "../experiment/failure-of.js";

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-record-file-"));
  file = join(dir, "cell.json");
});
afterEach(() => rm(dir, { recursive: true }));

describe("a file of a record", () => {
  it("is read, through a link too, as stores keep large files that way", async () => {
    await writeFile(join(dir, "stored"), "content");
    await symlink(join(dir, "stored"), file);
    expect((await readRecordFile(file)).toString()).toBe("content");
  });

  it.skipIf(process.platform === "win32").each([
    ["a device that never ends", () => symlink("/dev/zero", file)],
    ["a pipe that nobody writes to", () => Promise.resolve(execFileSync("mkfifo", [file]))],
    ["a folder", () => symlink(dir, file)],
  ])("is not %s", async (_, make) => {
    await make();
    const failure = await failureFrom(readRecordFile(file));
    expect([failure.kind, failure.place, failure.message]).toEqual(["record", file, "not a regular file"]);
  });

  it("is missed where a link leads nowhere, and named where links go in a circle", async () => {
    await symlink(join(dir, "nowhere"), file);
    expect((await failureFrom(readRecordFile(file))).message).toBe("the file is missing from the record");
    await symlink(join(dir, "circle"), join(dir, "circle"));
    expect((await failureFrom(readRecordFile(join(dir, "circle")))).message).toBe("it can't be read: ELOOP");
  });

  it("is no larger than records are", async () => {
    await writeFile(file, "");
    await truncate(file, 2 ** 33);
    expect((await failureFrom(readRecordFile(file))).message).toMatch(/^8589934592 bytes, more than/);
  });
});

describe("a packed series", () => {
  it("is unpacked when it is packed as tightly as a series can be", async () => {
    const csv = Array.from({ length: 5000 }, (_, n) => `${n * 100}.5,2,10.1.1.14>10.1.1.15\n`).join("");
    expect((await unpack(gzipSync(csv), file)).toString()).toBe(csv);
  });

  it("is a bomb when it holds a thousand times its size", async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    expect((await failureFrom(unpack(bomb, file))).message).toBe(
      `it unpacks to more than ${40 * bomb.length} bytes`,
    );
  });
});
