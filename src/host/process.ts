import { spawn as spawnChild } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { execa, ExecaError } from "execa";
import { Failure } from "../failure.js";
import { forOwnerOnly } from "./umask.js";

/** A command line: the file and its arguments, never a shell string. */
export type CommandLine = readonly [file: string, ...args: string[]];

export interface ExecOptions {
  readonly signal?: AbortSignal | undefined;
  readonly input?: string | undefined;
  /** Milliseconds until the command is ended and counts as failed. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Path of a file that becomes its standard input. */
  readonly inputFile?: string;
  /** Path of a file that its standard output goes to, instead of being the answer. */
  readonly outputFile?: string;
  /** Exit codes that are an answer rather than a failure. */
  readonly accept?: readonly number[];
}

/** Runs one command to its end and answers with its standard output. The only way out to another program. */
export type Exec = (command: CommandLine, options?: ExecOptions) => Promise<string>;

/** Tools whose output is parsed speak English with points in numbers. */
const environment = { LC_ALL: "C" };

/**
 * @throws Failure (environment) that names the command and its last words.
 */
export const exec: Exec = async ([file, ...args], options = {}) => {
  try {
    const result = await execa(file, args, {
      env: { ...environment, ...options.env },
      ...standardInput(options),
      ...(options.outputFile === undefined ? {} : { stdout: { file: options.outputFile } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      maxBuffer: 64 * 1024 * 1024,
    });
    return textOf(result.stdout);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    // A command that was ended answers nothing, whatever it says to that.
    const wasEnded = error.timedOut || error.isCanceled;
    if (!wasEnded && error.exitCode !== undefined && options.accept?.includes(error.exitCode) === true) {
      return textOf(error.stdout);
    }
    throw commandFailure([file, ...args], error as ExecaError);
  }
};

function standardInput({ input, inputFile }: ExecOptions) {
  if (inputFile !== undefined) return { inputFile };
  return input === undefined ? ({ stdin: "ignore" } as const) : { input };
}

/** execa types output by options that are not known here; it is text, or missing. */
const textOf = (output: unknown): string => (typeof output === "string" ? output : "");

function commandFailure(command: CommandLine, error: ExecaError): Failure {
  const place = command.join(" ");
  if (error.isCanceled) return new Failure("interrupted", { kind: "interrupted", place, cause: error });
  if (error.code === "ENOENT") {
    return new Failure(`${command[0]} is not installed`, {
      kind: "environment",
      mend: "run: cloudlet setup",
      cause: error,
    });
  }
  const lastWords = textOf(error.stderr).trim().split("\n").slice(-3).join(" / ");
  const what = error.timedOut ? "took too long" : `ended with ${describeEnd(error)}`;
  return new Failure(lastWords === "" ? what : `${what}: ${lastWords}`, {
    kind: "environment",
    place,
    cause: error,
  });
}

function describeEnd(error: ExecaError): string {
  if (error.exitCode !== undefined) return `code ${error.exitCode}`;
  if (error.signal !== undefined) return `signal ${error.signal}`;
  return error.shortMessage;
}

/** A program that runs beside the harness until told to stop. */
export interface Running {
  readonly pid: number;
  /** Lines of standard output as they come. Ends when the program does. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when the program has ended, whatever its exit code, or could not be started: `stderr` says why. */
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly stderr: string }>;
  /** To its standard input; only of a program started `writable`. */
  write(text: string): void;
  /** Asks it to end (SIGINT, as a person's Ctrl-C would), then insists after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

export interface SpawnOptions {
  /** Nobody will read its output: without this, a full pipe would stop it. */
  readonly discardOutput?: boolean;
  /** Keeps its standard input open for `write`. */
  readonly writable?: boolean;
}

export type Spawn = (command: CommandLine, options?: SpawnOptions) => Running;

export const spawn: Spawn = ([file, ...args], options = {}) => {
  const subprocess = execa(file, args, {
    env: environment,
    stdin: options.writable === true ? "pipe" : "ignore",
    stdout: options.discardOutput === true ? "ignore" : "pipe",
    buffer: { stdout: false, stderr: true },
    reject: false,
    // Ctrl-C reaches the whole foreground process group; probes must outlive it until the record is safe.
    // What outlives a harness that has crashed is found in the run's namespaces and ended with them.
    detached: true,
  });
  const ended = subprocess.then((result) => ({
    exitCode: result.exitCode,
    stderr: textOf(result.stderr) || textOf(result.originalMessage),
  }));
  return {
    pid: subprocess.pid ?? -1,
    lines: options.discardOutput === true ? nothing() : subprocess.iterable({ from: "stdout" }),
    ended,
    write: (text) => subprocess.stdin?.write(text),
    async stop(graceMs = 3000) {
      subprocess.kill("SIGINT");
      const insist = setTimeout(() => subprocess.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(insist);
    },
  };
};

async function* nothing(): AsyncGenerator<string> {
  // No lines.
}

/**
 * Starts a program that outlives the harness (its session is its own), output to a log file, in whose folder it works.
 * Resolves with its pid once it has been started.
 */
export type StartDaemon = (command: CommandLine, logFile: string, options?: DaemonOptions) => Promise<number>;

export interface DaemonOptions {
  /** Nobody else may use the files and sockets that it makes. Over SSH that is always so. */
  readonly ownerOnly?: boolean;
}

export const startDaemon: StartDaemon = async ([file, ...args], logFile, { ownerOnly = false } = {}) => {
  const log = await open(logFile, "a", 0o600);
  try {
    const start = () =>
      spawnChild(file, args, {
        detached: true,
        cwd: dirname(logFile),
        stdio: ["ignore", log.fd, log.fd],
        env: { ...process.env, ...environment },
      });
    // A child has its parent's umask at the moment of the fork, which is over when `start` returns.
    const child = ownerOnly ? forOwnerOnly(start) : start();
    await once(child, "spawn");
    child.unref();
    return child.pid ?? -1;
  } finally {
    await log.close();
  }
};
