import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { endProcess, identifyProcess, isAlive, type ProcessIdentity } from "../../src/host/live-process.js";
import { exec, spawn, type CommandLine, type Running } from "../../src/host/process.js";

const linux = process.platform === "linux";

const started: Running[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(started.splice(0).map((running) => running.stop(0)));
});

async function start(command: CommandLine): Promise<ProcessIdentity> {
  const running = spawn(command, { discardOutput: true });
  started.push(running);
  const identity = await identifyProcess(running.pid);
  if (identity === undefined) throw new Error(`${command.join(" ")} does not run`);
  return identity;
}

/** The first line of a program that goes on afterwards. */
async function firstLine(script: string): Promise<{ line: string; pid: number }> {
  const running = spawn(["sh", "-c", script]);
  started.push(running);
  const first = await running.lines[Symbol.asyncIterator]().next();
  if (first.done === true) throw new Error(`nothing from: ${script}`);
  return { line: first.value, pid: running.pid };
}

describe.skipIf(!linux)("identifyProcess, in Linux's /proc", () => {
  it("tells a live process by its start time in clock ticks after boot", async () => {
    const { pid, startTicks } = await start(["sleep", "600"]);
    const secondsSinceBoot = Number((await exec(["cat", "/proc/uptime"])).split(" ")[0]);
    const elapsedS = Number(await exec(["ps", "-o", "etimes=", "-p", String(pid)]));
    const ticksPerSecond = Number(await exec(["getconf", "CLK_TCK"]));
    expect(Math.abs(secondsSinceBoot - elapsedS - startTicks / ticksPerSecond)).toBeLessThan(3);
  });

  it("reads past a command name that looks like further fields", async () => {
    const dir = await mkdtemp(join(tmpdir(), "cloudlet-live-"));
    const sleeper = join(dir, "a) Z 1 (b");
    await copyFile(await exec(["which", "sleep"]), sleeper);
    const identity = await start([sleeper, "600"]);
    const self = await identifyProcess(process.pid);
    expect(identity.startTicks).toBeGreaterThanOrEqual(self?.startTicks ?? Number.NaN);
    await rm(dir, { recursive: true });
  });

  it("knows none that is gone, nor a zombie", async () => {
    const { pid } = await start(["sleep", "600"]);
    await started.pop()?.stop(0);
    expect(await identifyProcess(pid)).toBeUndefined();

    // The program that takes the shell's place never asks how the shell's child ended.
    const { line, pid: parent } = await firstLine("sleep 601 & echo $!; exec sleep 600");
    const zombie = Number(line);
    while ((await exec(["ps", "-o", "args=", "-p", String(parent)])) !== "sleep 600") await sleep(5);
    process.kill(zombie, "SIGKILL");
    while (!(await exec(["ps", "-o", "stat=", "-p", line])).startsWith("Z")) await sleep(5);
    expect(await identifyProcess(zombie)).toBeUndefined();
  });
});

describe.skipIf(!linux)("isAlive, in Linux's /proc", () => {
  it("is not misled by another process with the same pid", async () => {
    const identity = await start(["sleep", "600"]);
    expect(await isAlive(identity)).toBe(true);
    expect(await isAlive({ ...identity, startTicks: identity.startTicks - 1 })).toBe(false);
  });
});

describe.skipIf(!linux)("endProcess, in Linux's /proc", () => {
  it("ends a process that heeds SIGTERM", async () => {
    const identity = await start(["sleep", "600"]);
    await endProcess(identity);
    expect(await isAlive(identity)).toBe(false);
  });

  it("kills one that does not", async () => {
    // An ignored signal stays ignored in the program that takes the shell's place.
    const { pid } = await firstLine('trap "" TERM; echo ready; exec sleep 600');
    const identity = await identifyProcess(pid);
    if (identity === undefined) throw new Error("it does not run");
    await endProcess(identity, 40);
    expect(await isAlive(identity)).toBe(false);
  });

  it("leaves a later process with the same pid alone", async () => {
    const identity = await start(["sleep", "600"]);
    await endProcess({ ...identity, startTicks: identity.startTicks - 1 });
    expect(await isAlive(identity)).toBe(true);
  });

  it("is content when the process ends by itself just before the signal", async () => {
    const identity = await start(["sleep", "600"]);
    vi.spyOn(process, "kill").mockImplementationOnce(() => {
      throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
    });
    await expect(endProcess(identity, 40)).resolves.toBeUndefined();
  });
});
