import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExitCode } from "../../src/failure.js";
import { endProcess, identifyProcess, isAlive } from "../../src/host/live-process.js";
import { exec, spawn, startDaemon, type CommandLine } from "../../src/host/process.js";
import { failureFrom } from "../experiment/failure-of.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-process-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const shell = (script: string): CommandLine => ["sh", "-c", script];
const node = (script: string): CommandLine => [process.execPath, "--eval", script];

/** The lines that a program writes to a file, once there are so many. */
async function written(file: string, lines = 1): Promise<string> {
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.split("\n").length > lines) return text.trim();
    await sleep(5);
  }
}

describe("exec", () => {
  it("answers with standard output, without its final newline", async () => {
    expect(await exec(["printf", "%s\n", "one", "two"])).toBe("one\ntwo");
  });

  it("hands arguments over as they are, never through a shell", async () => {
    expect(await exec(["printf", "%s", "$(id); *"])).toBe("$(id); *");
  });

  it("feeds input, and gives an empty standard input where there is none", async () => {
    expect(await exec(["cat"], { input: "from here\n" })).toBe("from here");
    expect(await exec(["cat"])).toBe("");
  });

  it("makes tools speak English with points in numbers, whatever the user's language", async () => {
    const script = "echo $LC_ALL $EXTRA";
    expect(await exec(shell(script), { env: { EXTRA: "more" } })).toBe("C more");
  });

  it("runs where it is told to", async () => {
    expect(await exec(["pwd", "-P"], { cwd: dir })).toBe(await exec(["realpath", dir]));
  });

  it("names the command, its exit code and its last words when it fails", async () => {
    const failure = await failureFrom(
      exec(shell("echo out; for word in 1 2 3 4; do echo $word >&2; done; exit 3")),
    );
    expect(failure.kind).toBe("environment");
    expect(failure.message).toBe("ended with code 3: 2 / 3 / 4");
    expect(failure.place).toMatch(/^sh -c echo out/);
  });

  it("names the signal that ended it", async () => {
    expect((await failureFrom(exec(shell("kill -9 $$")))).message).toBe("ended with signal SIGKILL");
  });

  it("takes an accepted exit code for an answer, and no other", async () => {
    expect(await exec(shell("echo partial; exit 1"), { accept: [1] })).toBe("partial");
    const failure = await failureFrom(exec(shell("echo partial; exit 2"), { accept: [1] }));
    expect(failure.message).toBe("ended with code 2");
  });

  it("says how to get a program that is missing", async () => {
    const failure = await failureFrom(exec(["cloudlet-no-such-program", "--version"]));
    expect(failure.line).toBe("cloudlet-no-such-program is not installed → run: cloudlet setup");
    expect(failure.exitCode).toBe(ExitCode.Environment);
  });

  it("ends a command that takes too long", async () => {
    const file = join(dir, "pid");
    const failure = await failureFrom(exec(shell(`echo $$ > ${file}; exec sleep 600`), { timeoutMs: 300 }));
    expect(failure.message).toBe("took too long");
    expect(await identifyProcess(Number(await written(file)))).toBeUndefined();
  });

  it("takes no answer from a command that it ended, whatever that says as it goes", async () => {
    const file = join(dir, "pid");
    const script = shell(`trap 'echo partial; exit 1' TERM; echo $$ > ${file}; while :; do sleep 0.02; done`);
    const slow = await failureFrom(exec(script, { timeoutMs: 300, accept: [1] }));
    expect(slow.message).toBe("took too long");
    await rm(file);
    const controller = new AbortController();
    const running = exec(script, { signal: controller.signal, accept: [1] });
    await written(file);
    controller.abort();
    expect((await failureFrom(running)).kind).toBe("interrupted");
  });

  it("ends the command and calls it interrupted when its signal is aborted", async () => {
    const file = join(dir, "pid");
    const controller = new AbortController();
    const running = exec(shell(`echo $$ > ${file}; exec sleep 600`), { signal: controller.signal });
    const pid = Number(await written(file));
    controller.abort();
    const failure = await failureFrom(running);
    expect(failure.kind).toBe("interrupted");
    expect(await identifyProcess(pid)).toBeUndefined();
  });
});

describe("spawn", () => {
  it("gives lines as they come, while the program goes on", async () => {
    const running = spawn(shell("echo first; echo second; exec sleep 600"));
    const lines: string[] = [];
    let stopped: Promise<void> | undefined;
    for await (const line of running.lines) {
      lines.push(line);
      // Nobody else ends it: the loop comes this far only if lines arrive before the end.
      if (line === "second") stopped = running.stop();
    }
    await stopped;
    expect(lines).toEqual(["first", "second"]);
  });

  it("tells how it ended", async () => {
    const running = spawn(shell("echo trouble >&2; exit 7"), { discardOutput: true });
    expect(await running.ended).toEqual({ exitCode: 7, stderr: "trouble" });
  });

  it("asks with SIGINT, so that the program can still say its last words", async () => {
    const running = spawn(
      node(`
      process.on("SIGINT", () => { console.log("summary"); process.exit(0); });
      console.log("ready");
      setInterval(() => {}, 1000);
    `),
    );
    const lines: string[] = [];
    let stopped: Promise<void> | undefined;
    for await (const line of running.lines) {
      lines.push(line);
      stopped ??= running.stop(60_000);
    }
    await stopped;
    expect(lines).toEqual(["ready", "summary"]);
    expect((await running.ended).exitCode).toBe(0);
  });

  it("insists after a while", async () => {
    const running = spawn(
      node(`
      process.on("SIGINT", () => {});
      console.log("ready");
      setInterval(() => {}, 1000);
    `),
    );
    const lines = running.lines[Symbol.asyncIterator]();
    await lines.next();
    await running.stop(50);
    expect((await running.ended).exitCode).toBeUndefined();
    expect(await identifyProcess(running.pid)).toBeUndefined();
  });

  it("lets a program end whose output nobody reads", async () => {
    // Far more than a pipe holds.
    const running = spawn(["head", "-c", "5000000", "/dev/zero"], { discardOutput: true });
    expect((await running.ended).exitCode).toBe(0);
    const lines: string[] = [];
    for await (const line of running.lines) lines.push(line);
    expect(lines).toEqual([]);
  });

  it("can be stopped twice, and after its end", async () => {
    const running = spawn(["true"], { discardOutput: true });
    await running.ended;
    await running.stop();
    await running.stop();
    expect((await running.ended).exitCode).toBe(0);
  });

  it("says why a program could not be started", async () => {
    const running = spawn(["cloudlet-no-such-program"], { discardOutput: true });
    const { exitCode, stderr } = await running.ended;
    expect(exitCode).toBeUndefined();
    expect(stderr).toMatch(/cloudlet-no-such-program.*ENOENT/);
    await running.stop();
  });
});

describe.skipIf(process.platform !== "linux")("startDaemon, by Linux's /proc", () => {
  it("starts a program in a session of its own, with all output in its log", async () => {
    const log = join(dir, "daemon.log");
    const pid = await startDaemon(shell("echo out; echo err >&2; exec sleep 600"), log);
    const identity = await identifyProcess(pid);
    if (identity === undefined) throw new Error("it does not run");
    try {
      expect((await written(log, 2)).split("\n")).toEqual(["out", "err"]);
      expect((await stat(log)).mode & 0o777).toBe(0o600);
      expect(await exec(["ps", "-o", "sid=", "-p", String(pid)])).toMatch(new RegExp(`^\\s*${pid}$`));
    } finally {
      await endProcess(identity);
    }
    expect(await isAlive(identity)).toBe(false);
  });

  it.each([
    [true, 0o600],
    [false, 0o644],
  ])("makes files in its log's folder; open to their owner only: %s", async (ownerOnly, mode) => {
    const before = process.umask(0o022);
    try {
      const pid = await startDaemon(shell("touch made; echo ready; exec sleep 600"), join(dir, "log"), {
        ownerOnly,
      });
      expect(process.umask(0o022), "the harness's own is as before").toBe(0o022);
      const identity = await identifyProcess(pid);
      if (identity === undefined) throw new Error("it does not run");
      await written(join(dir, "log"), 1);
      await endProcess(identity);
      expect((await stat(join(dir, "made"))).mode & 0o777).toBe(mode);
    } finally {
      process.umask(before);
    }
  });

  it("rejects when there is no such program", async () => {
    await expect(startDaemon(["cloudlet-no-such-program"], join(dir, "log"))).rejects.toThrow(/ENOENT/);
  });
});
