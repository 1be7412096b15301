import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { CommandLine } from "./process.js";

/** The terminal, or the pipes in its place, that this process was started on. */
export interface Terminal {
  /**
   * Hands it to a command of this machine until that ends.
   * @returns its exit code; 128 and the signal's number when a signal ended it, as a shell says it.
   */
  lend(command: CommandLine): Promise<number>;
  readonly stdout: { write(bytes: Uint8Array): void };
  readonly stderr: { write(bytes: Uint8Array): void };
}

export const hostTerminal: Terminal = {
  async lend([file, ...args]) {
    const child = spawn(file, args, { stdio: "inherit" });
    const release = passSignals((signal) => child.kill(signal));
    try {
      const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
      return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    } finally {
      release();
    }
  },
  stdout: process.stdout,
  stderr: process.stderr,
};

/** Ctrl-C at a terminal reaches the command by itself, as it is in the foreground too; all else is passed on. */
function passSignals(pass: (signal: NodeJS.Signals) => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) pass(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
