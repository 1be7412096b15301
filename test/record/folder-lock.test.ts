import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identifyProcess, type ProcessIdentity } from "../../src/host/live-process.js";
import { exec, type Running, spawn } from "../../src/host/process.js";
import { inLockedFolder, LOCK_FILE } from "../../src/record/folder-lock.js";
import { failureFrom } from "../experiment/failure-of.js";

let folder: string;
let dir: string;
let running: Running;
let other: ProcessIdentity;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloudlet-lock-"));
  dir = join(folder, "runs", "today");
});
afterEach(() => rm(folder, { recursive: true }));

const lock = () => join(dir, LOCK_FILE);
const nothing = () => Promise.resolve();

describe("inLockedFolder", () => {
  it("leaves nothing of a folder into which nothing was put", async () => {
    await inLockedFolder(dir, nothing);
    expect(await readdir(folder)).toEqual([]);
  });

  it("leaves what was put into the folder, and an empty one that was there before", async () => {
    await inLockedFolder(dir, () => writeFile(join(dir, "run.json"), "{}"));
    expect(await readdir(dir)).toEqual(["run.json"]);

    const before = join(folder, "before");
    await mkdir(before);
    await inLockedFolder(before, nothing);
    expect(await readdir(folder)).toContain("before");
  });

  it("refuses a file where the folder should be", async () => {
    await writeFile(join(folder, "runs"), "");
    expect((await failureFrom(inLockedFolder(dir, nothing))).line).toMatch(
      /it is a file → name a new folder/,
    );
    expect((await failureFrom(inLockedFolder(join(folder, "runs"), nothing))).kind).toBe("record");
  });
});

describe.skipIf(process.platform !== "linux")("inLockedFolder, by Linux's /proc", () => {
  beforeEach(async () => {
    running = spawn(["sleep", "600"], { discardOutput: true });
    const identity = await identifyProcess(running.pid);
    if (identity === undefined) throw new Error("sleep did not start");
    other = identity;
    await mkdir(dir, { recursive: true });
  });
  afterEach(() => running.stop(0));

  it("names the living process that is at work there, and leaves its lock alone", async () => {
    await writeFile(lock(), JSON.stringify(other));
    const { kind, line } = await failureFrom(inLockedFolder(dir, nothing));
    expect({ kind, line }).toEqual({
      kind: "environment",
      line: `${dir}: process ${other.pid} is at work on it → wait until it has ended`,
    });
    expect(await readFile(lock(), "utf8")).toMatch(new RegExp(`^${JSON.stringify(other)}\n`));
  });

  it("goes to the first living process, past dead ones, a later one of the same pid and half a line", async () => {
    const dead = { ...other, startTicks: other.startTicks - 1 };
    await writeFile(lock(), `${JSON.stringify(dead)}\n{"pid": ${other.pid}`);
    await inLockedFolder(dir, async () => {
      await appendFile(lock(), JSON.stringify(other));
      await expect(
        inLockedFolder(dir, nothing),
        "our line comes before the other's",
      ).resolves.toBeUndefined();
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it("writes nothing through a link of a stranger's record, and into no pipe", async () => {
    const outside = join(folder, "outside");
    await writeFile(outside, "mine");
    await symlink(outside, lock());
    expect((await failureFrom(inLockedFolder(dir, nothing))).line).toBe(
      `${lock()}: no run wrote this lock → remove it`,
    );
    expect(await readFile(outside, "utf8")).toBe("mine");

    await rm(lock());
    await exec(["mkfifo", lock()]);
    expect((await failureFrom(inLockedFolder(dir, nothing))).kind).toBe("record");
  });
});
