import { Errors } from "@oclif/core";
import { ExitCode, Failure } from "../failure.js";

/** What a person reads of an error, what a machine reads of it, and how the process ends. */
export interface CommandError {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

/** Failures are told as they are; anything else that is no usage error is a bug of ours and said to be one. */
export function commandError(error: unknown): CommandError {
  const failure = asFailure(error);
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

function asFailure(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  // oclif's own errors: an unknown flag, a missing argument.
  if (error instanceof Errors.CLIError) {
    return new Failure(oneLine(error.message), { kind: "usage", mend: "see --help", cause: error });
  }
  // The operating system's refusals name a file: a full disk, a folder that may not be written.
  if (error instanceof Error && "code" in error && "path" in error && typeof error.path === "string") {
    return new Failure(error.message, {
      kind: "environment",
      place: error.path,
      mend:
        error.code === "ENOSPC" || error.code === "EDQUOT"
          ? "make room there; a run goes on with --resume"
          : "make the file accessible, or name another",
      cause: error,
    });
  }
  return undefined;
}

/** oclif spreads its messages over lines and ends them in a hint of its own. */
const oneLine = (message: string): string =>
  message
    .replace(/\s*See more help with --help\s*$/, "")
    .split("\n")
    .map((line) => line.trim().replace(/:$/, "").replaceAll(/\s+/g, " "))
    .join(": ");
