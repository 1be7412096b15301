import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Errors } from "@oclif/core";
import { describe, expect, it } from "vitest";
import { commandError } from "../../src/cli/command-error.js";
import { writeFileDurably } from "../../src/record/atomic-file.js";
import { ExitCode, Failure, type FailureKind } from "../../src/failure.js";

describe("an error at the top of a command", () => {
  it.each<[FailureKind, number]>([
    ["usage", 2],
    ["record", 2],
    ["environment", 3],
    ["cell", 4],
    ["comparison", 5],
    ["interrupted", 130],
  ])("of kind %s ends with %d", (kind, exitCode) => {
    expect(commandError(new Failure("x", { kind })).exitCode).toBe(exitCode);
  });

  it("is one line for each failure: where, what, how to mend it", () => {
    const failure = Failure.join([
      new Failure("bad", { kind: "usage", place: "a.yaml:1:2", mend: "good" }),
      new Failure("worse", { kind: "usage" }),
    ]);
    const { lines, json } = commandError(failure);
    expect(lines).toEqual(["a.yaml:1:2: bad → good", "worse"]);
    expect(json).toEqual({
      kind: "usage",
      failures: [
        { place: "a.yaml:1:2", message: "bad", mend: "good" },
        { place: undefined, message: "worse", mend: undefined },
      ],
    });
  });

  it.each([
    ["Nonexistent flag: --x\nSee more help with --help", "Nonexistent flag: --x → see cloudlet run --help"],
    [
      "Nonexistent flag: --profil\nSee more help with --help",
      "Nonexistent flag: --profil → did you mean --profile? see cloudlet run --help",
    ],
    [
      "The following errors occurred:\n  Missing required flag rtt\n  Missing required flag memory\nSee more help with --help",
      "--rtt is missing; --memory is missing → see cloudlet run --help",
    ],
    [
      "Missing 1 required arg:\ndir  Folder of the run.\n\nNote: --gate allows multiple values.\nAlternatively, use --.\nSee more help with --help",
      "Missing 1 required arg: dir Folder of the run. → see cloudlet run --help",
    ],
    [
      "Parsing --repeat \n\tExpected an integer but received: x\nSee more help with --help",
      "Parsing --repeat: Expected an integer but received: x → see cloudlet run --help",
    ],
    [
      "Missing 1 required arg:\nexperiment  Names or paths.\nSee more help with --help",
      "Missing 1 required arg: experiment Names or paths. → see cloudlet run --help",
    ],
  ])("of flags or arguments ends with 2 and is one line", (message, line) => {
    const called = { command: "cloudlet run", flags: ["profile", "repeat"] };
    expect(commandError(new Errors.CLIError(message), called)).toMatchObject({
      exitCode: ExitCode.Usage,
      lines: [line],
    });
  });

  it("of the operating system names the file", async () => {
    const refusal: unknown = await readFile("/nonexistent/run.json").catch((error: unknown) => error);
    const { exitCode, lines } = commandError(refusal);
    expect(exitCode).toBe(ExitCode.Environment);
    expect(lines[0]).toMatch(/^\/nonexistent\/run\.json: ENOENT.* → name one that exists$/);
  });

  // Node's error of a failed write names no file. Only Linux has a device that is always full.
  it.runIf(existsSync("/dev/full"))("of a full disk names the file and asks for room", async () => {
    const refusal: unknown = await writeFileDurably("/dev/full", "x").catch((error: unknown) => error);
    expect(commandError(refusal)).toMatchObject({
      exitCode: ExitCode.Environment,
      lines: [
        "/dev/full: ENOSPC: no space left on device, write → make room there; a run goes on with --resume",
      ],
    });
  });

  it("that is a bug says so, and how to see more", () => {
    const { exitCode, lines } = commandError(new TypeError("x is not a function"));
    expect(exitCode).toBe(ExitCode.Bug);
    expect(lines).toEqual([
      "This is a bug of cloudlet: TypeError: x is not a function",
      expect.stringContaining("--verbose"),
    ]);
  });
});
