import type { ProcessIdentity } from "./live-process.js";
import type { CommandLine, DaemonOptions, Exec, Running, Spawn } from "./process.js";

/**
 * A machine to run programs on: this one, or another that is reached over SSH. Everything that a lab makes, it
 * makes through one of these; who holds one need not know which kind it is.
 */
export interface Host {
  /** As messages name it, e.g. `this machine` or `vm1 (vagrant@192.168.121.17)`. */
  readonly name: string;
  readonly exec: Exec;
  readonly spawn: Spawn;
  /** Whom QEMU becomes there once it has opened what only root may; null: it stays who starts it, who is not root. */
  guestUser(): Promise<UserIds | null>;
  /**
   * Starts a program that outlives the harness, its output in a file over there, in whose folder it works.
   *
   * @returns undefined when it has ended at once.
   */
  startDaemon(
    command: CommandLine,
    logFile: string,
    options?: DaemonOptions,
  ): Promise<ProcessIdentity | undefined>;
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** Ends exactly this process: SIGTERM, then SIGKILL. Does nothing if it is already gone. */
  endProcess(process: ProcessIdentity): Promise<void>;
  readonly files: HostFiles;
  /** The command line on this machine that runs a command over there, on the terminal of whoever calls it. */
  onTerminal(command: CommandLine): CommandLine;
  /** A way to a UNIX socket over there, which must exist. */
  socket(path: string): Promise<SocketPath>;
  /** What an interface in the network namespace of a program of `spawn` has counted, and when it was looked at. */
  readCounters(beside: Running, device: string): Promise<TimedCounters | undefined>;
  /** How that machine's wall clock stands to this process's monotonic one. */
  readClock(): Promise<ClockReading>;
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** The user of no rights that every Linux knows by number (nobody, nogroup). */
export const NOBODY: UserIds = { uid: 65_534, gid: 65_534 };

export interface HostFiles {
  exists(path: string): Promise<boolean>;
  /** @throws Error when it can't be read. */
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** With all folders above it; only its owner may enter. */
  makeFolder(path: string): Promise<void>;
  /** Makes a user the owner of a file or folder. */
  give(path: string, user: UserIds): Promise<void>;
  /** A file or a folder with all that is in it; does nothing when there is none. */
  remove(path: string): Promise<void>;
  /** Copies a file of this machine to there; does nothing where there is here. */
  send(localFile: string, path: string): Promise<void>;
  /** Copies a file from there to this machine; does nothing where there is here. */
  fetch(path: string, localFile: string): Promise<void>;
}

/** Where this process connects to reach a UNIX socket of a host. */
export interface SocketPath {
  readonly path: string;
  close(): Promise<void>;
}

export interface TimedCounters {
  /** Link-layer bytes. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** On a clock of that machine's whose zero does not matter. */
  readonly atMs: number;
}

export interface ClockReading {
  /** That machine's CLOCK_REALTIME less this process's monotonic clock, ms. */
  readonly offsetMs: number;
  /** The offset is right within so much, ms. */
  readonly boundMs: number;
}
