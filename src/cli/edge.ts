import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { MAX_SEED } from "../experiment/seeded-random.js";
import { type Exec, exec } from "../host/process.js";
import { hostTerminal, type Terminal } from "../host/terminal.js";
import type { WaitingClock } from "../run/clock.js";

/** Where a command meets the machine: everything that a test would want to hold still. */
export interface Edge {
  readonly clock: WaitingClock;
  readonly exec: Exec;
  /** A seed for a run that was given none. */
  readonly randomSeed: () => number;
  readonly stdout: Output;
  readonly stderr: Output;
  /** What a command is handed that a person works in. */
  readonly terminal: Terminal;
  /** Calls back for each request to end, as by Ctrl-C. Answers with what stops the calls. */
  readonly onEndRequest: (listener: () => void) => () => void;
}

export interface Output {
  write(text: string): void;
  /** Whether a person watches and lines can be redrawn. */
  readonly isLive: boolean;
  /** Width in characters; 100 where nobody knows, as in a pipe. */
  readonly columns: number;
}

const output = (stream: NodeJS.WriteStream): Output => ({
  write: (text) => {
    stream.write(text);
  },
  // CI systems lend a terminal to some steps and keep every redrawn line.
  get isLive() {
    return stream.isTTY && process.env.CI === undefined && process.env.TERM !== "dumb";
  },
  get columns() {
    return stream.isTTY ? stream.columns : 100;
  },
});

const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The real machine. */
export const hostEdge: Edge = {
  clock: {
    now: () => new Date().toISOString(),
    monotonicMs: () => performance.now(),
    async wait(ms, signal) {
      await sleep(ms, undefined, { signal }).catch(() => {
        signal.throwIfAborted();
      });
    },
  },
  exec,
  randomSeed: () => randomInt(MAX_SEED + 1),
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  terminal: hostTerminal,
  onEndRequest(listener) {
    for (const signal of endSignals) process.on(signal, listener);
    return () => {
      for (const signal of endSignals) process.off(signal, listener);
    };
  },
};
