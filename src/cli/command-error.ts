import { Errors } from "@oclif/core";
import { nearestKey } from "../experiment/nearest-key.js";
import { ExitCode, Failure } from "../failure.js";

/** What a person reads of an error, what a machine reads of it, and how the process ends. */
export interface CommandError {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

/** What was called, for errors of its flags and arguments. */
export interface Called {
  /** As a person types it, e.g. `cloudlet run`. */
  readonly command: string;
  /** Names of its flags, without `--`. */
  readonly flags: readonly string[];
}

/** Failures are told as they are; anything else that is no usage error is a bug of ours and said to be one. */
export function commandError(
  error: unknown,
  called: Called = { command: "cloudlet", flags: [] },
): CommandError {
  const failure = asFailure(error, called);
  if (failure !== undefined) {
    return {
      exitCode: failure.exitCode,
      lines: failure.lines,
      json: { kind: failure.kind, failures: [failure, ...failure.further].map(failureJson) },
    };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    exitCode: ExitCode.Bug,
    lines: [
      `This is a bug of cloudlet: ${message}`,
      "Run it again with --verbose, or with DEBUG=*, to see where.",
    ],
    json: { kind: "bug", failures: [{ message }] },
  };
}

const failureJson = ({ place, message, mend }: Failure) => ({ place, message, mend });

function asFailure(error: unknown, called: Called): Failure | undefined {
  if (error instanceof Failure) return error;
  // oclif's own errors: an unknown flag, a missing argument.
  if (error instanceof Errors.CLIError) {
    return new Failure(oneLine(error.message), {
      kind: "usage",
      mend: [...didYouMean(error.message, called.flags), `see ${called.command} --help`].join(" "),
      cause: error,
    });
  }
  // The operating system's refusals name a file: a full disk, a folder that may not be written.
  if (error instanceof Error && "code" in error && "path" in error && typeof error.path === "string") {
    return new Failure(error.message, {
      kind: "environment",
      place: error.path,
      mend: mendOf(error.code),
      cause: error,
    });
  }
  return undefined;
}

function mendOf(code: unknown): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "make room there; a run goes on with --resume";
    case "ENOENT":
      return "name one that exists";
    default:
      return "make the file accessible, or name another";
  }
}

function didYouMean(message: string, flags: readonly string[]): string[] {
  const [, written] = /^Nonexistent flag: --([\w-]+)$/m.exec(message) ?? [];
  const nearest = written === undefined ? undefined : nearestKey(written, flags);
  return nearest === undefined ? [] : [`did you mean --${nearest}?`];
}

/** oclif spreads its messages over lines: a headline with what it is about, then remarks and a hint of its own. */
function oneLine(message: string): string {
  const [headline = "", ...about] = (message.split(/\n\nNote: |\s*See more help with --help/)[0] ?? "")
    .split("\n")
    .map((line) => line.trim().replace(/:$/, "").replaceAll(/\s+/g, " "));
  const listed = about.join("; ").replaceAll(/Missing required flag ([\w-]+)/g, "--$1 is missing");
  if (/^The following errors? occurred$/.test(headline)) return listed;
  return [headline, ...(listed === "" ? [] : [listed])].join(": ");
}
