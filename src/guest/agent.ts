import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../failure.js";
import { readAnswer } from "../host/answer.js";
import type { CommandLine, ExecOptions } from "../host/process.js";
import { JsonLines } from "./json-lines.js";

const answerSchema = z.union([
  z.object({ error: z.object({ desc: z.string() }) }),
  z.object({ return: z.unknown().nonoptional() }),
]);
const started = z.object({ pid: z.number() });
const statusSchema = z.object({
  exited: z.boolean(),
  exitcode: z.number().optional(),
  signal: z.number().optional(),
  "out-data": z.string().optional(),
  "err-data": z.string().optional(),
  "out-truncated": z.boolean().optional(),
  "err-truncated": z.boolean().optional(),
});

/** How a command inside the guest ended. */
export interface GuestExit {
  /** 128 and the signal's number when a signal ended it, as a shell says it. */
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Whether the agent kept only the first 16 MiB of either. */
  readonly truncated: boolean;
}

/** Longest time that an answer of a live guest takes, emulated and under load, with a wide margin. */
const SILENCE_MS = 20_000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Failure): void;
}

const decoder = new TextDecoder();

const placeOf = (command: CommandLine): string => `in the guest: ${command.join(" ")}`;

function guestExit(status: z.infer<typeof statusSchema>): GuestExit {
  return {
    exitCode: status.exitcode ?? 128 + (status.signal ?? 0),
    stdout: Buffer.from(status["out-data"] ?? "", "base64"),
    stderr: Buffer.from(status["err-data"] ?? "", "base64"),
    truncated: status["out-truncated"] === true || status["err-truncated"] === true,
  };
}

/**
 * Client of qemu-guest-agent over its virtio-serial port (QEMU docs/interop/qemu-ga-ref): the way
 * into a guest that survives whatever happens to the guest's network. The agent answers in order, one
 * command at a time, and its answers carry no id.
 */
export class GuestAgent {
  private readonly queue: Pending[] = [];
  private lines!: JsonLines;
  private closed: Failure | undefined;

  private constructor(
    readonly path: string,
    private readonly silenceMs: number,
  ) {}

  /**
   * Connects and waits until the agent inside answers, at most `timeoutMs`.
   *
   * @param silenceMs how long any later answer may take before the guest counts as crashed.
   */
  static async connect(
    path: string,
    timeoutMs: number,
    signal?: AbortSignal,
    silenceMs = SILENCE_MS,
  ): Promise<GuestAgent> {
    const agent = new GuestAgent(path, silenceMs);
    // Answers come in order: once the newest token is answered, nothing older is under way.
    let token = Math.floor(performance.now() * 1000) % 1_000_000_000;
    let live = false;
    const isLive = () => live;
    agent.lines = await JsonLines.connect(
      path,
      (message) => {
        if (live) agent.receive(message);
        else live = z.object({ return: z.literal(token) }).safeParse(message).success;
      },
      (why) => {
        agent.fail(why);
      },
    );
    const deadline = performance.now() + timeoutMs;
    try {
      // The port is open long before the agent listens on it; what was asked meanwhile may be lost.
      while (!isLive()) {
        if (performance.now() > deadline) {
          throw new Failure(`the guest agent did not answer within ${Math.round(timeoutMs / 1000)} s`, {
            kind: "cell",
            place: path,
          });
        }
        signal?.throwIfAborted();
        if (agent.closed !== undefined) throw agent.closed;
        token += 1;
        agent.lines.sendDelimiter();
        agent.lines.send({ execute: "guest-sync-delimited", arguments: { id: token } });
        for (let waited = 0; waited < 20 && !isLive(); waited++) await sleep(10);
      }
    } catch (error) {
      agent.close();
      throw error;
    }
    return agent;
  }

  /**
   * Runs a command inside the guest to its end. Same shape as the host's `exec`.
   * @throws Failure (cell) with the command's last words.
   */
  async exec(command: CommandLine, options: ExecOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(command, { timeoutMs: 30_000, ...options });
    const [output, errors] = [decoder.decode(stdout), decoder.decode(stderr)];
    if (exitCode === 0 || options.accept?.includes(exitCode) === true) return output;
    throw new Failure(`ended with code ${exitCode}: ${(errors || output).trim()}`, {
      kind: "cell",
      place: placeOf(command),
    });
  }

  /**
   * Runs a command inside the guest to its end, whatever that is. Its output comes when it has ended: the
   * agent has no other way. Once the signal is aborted, the command is ended too.
   */
  async run(command: CommandLine, options: Omit<ExecOptions, "accept" | "cwd"> = {}): Promise<GuestExit> {
    const { pid } = await this.start(command, options);
    return this.untilExit(pid, placeOf(command), options.timeoutMs, options.signal);
  }

  /**
   * Waits for the end of a process that `start` has started. Its output is kept from its begin.
   *
   * @throws Failure (cell) when that takes longer; the process is left running.
   */
  async untilExit(
    pid: number,
    place: string,
    timeoutMs = Infinity,
    signal?: AbortSignal,
  ): Promise<GuestExit> {
    const deadline = performance.now() + timeoutMs;
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
      const answer = await this.execute("guest-exec-status", { pid });
      const status = readAnswer(statusSchema, answer, { kind: "cell", place });
      if (status.exited) return guestExit(status);
      if (signal?.aborted === true) {
        await this.start(["busybox", "kill", String(pid)]);
        signal.throwIfAborted();
      }
      if (performance.now() > deadline) throw new Failure("took too long", { kind: "cell", place });
      await sleep(pauseMs);
    }
  }

  /** Starts a command inside the guest and leaves it running. */
  async start(
    [file, ...args]: CommandLine,
    options: Pick<ExecOptions, "input" | "env"> = {},
  ): Promise<{ pid: number }> {
    const answer = await this.execute("guest-exec", {
      path: file,
      arg: args,
      "capture-output": true,
      ...(options.input === undefined ? {} : { "input-data": Buffer.from(options.input).toString("base64") }),
      ...(options.env === undefined
        ? {}
        : { env: Object.entries(options.env).map(([key, value]) => `${key}=${value}`) }),
    });
    return readAnswer(started, answer, { kind: "cell", place: placeOf([file, ...args]) });
  }

  close(): void {
    this.lines.close();
  }

  private async execute(command: string, args: Record<string, unknown>): Promise<unknown> {
    if (this.closed !== undefined) throw this.closed;
    // A guest that has crashed does not close its port; without a limit one would wait for ever.
    const patience = setTimeout(() => {
      this.fail(
        new Failure(
          `the guest agent has been silent for ${this.silenceMs / 1000} s; the guest may have crashed`,
          {
            kind: "cell",
            place: this.path,
          },
        ),
      );
      this.lines.close();
    }, this.silenceMs);
    try {
      return await new Promise((resolve, reject) => {
        this.queue.push({ resolve, reject });
        this.lines.send({ execute: command, arguments: args });
      });
    } finally {
      clearTimeout(patience);
    }
  }

  private receive(raw: unknown): void {
    const answer = answerSchema.safeParse(raw).data;
    if (answer === undefined) return;
    const waiting = this.queue.shift();
    if ("error" in answer) {
      waiting?.reject(new Failure(answer.error.desc, { kind: "cell", place: "guest agent" }));
    } else {
      waiting?.resolve(answer.return);
    }
  }

  private fail(why: Failure): void {
    this.closed ??= why;
    for (const waiting of this.queue.splice(0)) waiting.reject(why);
  }
}
