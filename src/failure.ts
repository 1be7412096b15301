/**
 * Exit codes of the command line, documented in docs/exit-codes.md. 1 is left to bugs.
 * One place, so that a script can rely on them.
 */
export const ExitCode = {
  Ok: 0,
  Bug: 1,
  Usage: 2,
  Environment: 3,
  CellFailed: 4,
  ComparisonFailed: 5,
  VerificationFailed: 6,
  Interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What went wrong, in the closed set that a user can do something about. */
export const failureKinds = [
  "usage",
  "environment",
  "cell",
  "comparison",
  "verification",
  "record",
  "interrupted",
] as const;
export type FailureKind = (typeof failureKinds)[number];

const exitCodeOf: Record<FailureKind, ExitCode> = {
  usage: ExitCode.Usage,
  environment: ExitCode.Environment,
  cell: ExitCode.CellFailed,
  comparison: ExitCode.ComparisonFailed,
  verification: ExitCode.VerificationFailed,
  record: ExitCode.Usage,
  interrupted: ExitCode.Interrupted,
};

export interface FailureOptions {
  readonly kind: FailureKind;
  /** Where: `file:line:column`, a command line, a cell id. */
  readonly place?: string;
  /** What the user should do about it: a command to run or a value to write. */
  readonly mend?: string;
  /** Other failures found in the same go, e.g. the rest of a file's mistakes. */
  readonly further?: readonly Failure[];
  readonly cause?: unknown;
}

/** A control character as a JSON text has it. */
const escaped = (mark: string): string =>
  `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`
    .replace("\\u000a", "\\n")
    .replace("\\u000d", "\\r");

/**
 * An expected failure: the user reads `message`, `place` and `mend` in one line, and nothing else
 * without --verbose. Any other error that reaches the top is a bug of ours and is shown as one.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;
  readonly place: string | undefined;
  readonly mend: string | undefined;
  readonly further: readonly Failure[];

  constructor(message: string, options: FailureOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind;
    this.place = options.place;
    this.mend = options.mend;
    this.further = options.further ?? [];
  }

  /** Several failures as one that can be thrown: the first, with the rest behind it. */
  static join([first, ...rest]: readonly [Failure, ...Failure[]]): Failure {
    if (rest.length === 0) return first;
    const { kind, place, mend, cause } = first;
    return new Failure(first.message, {
      kind,
      ...(place === undefined ? {} : { place }),
      ...(mend === undefined ? {} : { mend }),
      further: [...first.further, ...rest],
      cause,
    });
  }

  get exitCode(): ExitCode {
    return exitCodeOf[this.kind];
  }

  /** One line, whatever file or program is quoted in it: where, what, how to mend it. */
  get line(): string {
    const place = this.place === undefined ? "" : `${this.place}: `;
    const mend = this.mend === undefined ? "" : ` → ${this.mend}`;
    return `${place}${this.message}${mend}`.replace(/[\p{Cc}\u2028\u2029]/gu, escaped);
  }

  /** Its own line and those of all that were found with it. */
  get lines(): string[] {
    return [this.line, ...this.further.flatMap((failure) => failure.lines)];
  }
}
