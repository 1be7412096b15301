import { appendFile, mkdir, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Failure } from "../failure.js";
import { identifyProcess, isAlive, type ProcessIdentity } from "./live-process.js";

/** Something that a run makes and that would outlast it. */
const resourceSchema = z.discriminatedUnion("kind", [
  /** A network namespace of this machine, the processes and interfaces in it. */
  z.strictObject({ kind: z.literal("namespace"), name: z.string() }),
  /** A folder on this machine with all that is in it, beside the run's own. */
  z.strictObject({ kind: z.literal("folder"), path: z.string() }),
  /** What the run has made on another machine of the lab, by the machine's name in it. */
  z.strictObject({ kind: z.literal("machine"), name: z.string() }),
]);
export type Resource = z.infer<typeof resourceSchema>;

/**
 * What a run has made, written down before it is made and struck off once it is gone,
 * one JSON text a line. Cleaning up works from here and from nowhere else. Links, taps, qdiscs and routes
 * live in the run's namespaces and go with them; processes are found in them.
 */
const entrySchema = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("owner"), pid: z.int(), startTicks: z.int() }),
  z.strictObject({ op: z.literal("disown") }),
  z.strictObject({ op: z.literal("own"), resource: resourceSchema }),
  z.strictObject({ op: z.literal("strike"), resource: resourceSchema }),
]);
type Entry = z.infer<typeof entrySchema>;

/** Where runs keep their sockets and ledgers; gone after a reboot, as namespaces are. */
export const RUNS_DIR = "/run/cloudlet";

export interface LedgerState {
  /** What may still exist, oldest first. */
  readonly resources: readonly Resource[];
  /**
   * Harnesses that drive the run or mean to, in the order in which they asked; the first that is alive
   * drives it. Empty once the run was left standing without one.
   */
  readonly owners: readonly ProcessIdentity[];
}

export class Ledger {
  constructor(
    readonly runId: string,
    private readonly runsDir = RUNS_DIR,
  ) {}

  get dir(): string {
    return join(this.runsDir, this.runId);
  }

  private get file(): string {
    return join(this.dir, "ledger.jsonl");
  }

  /** @throws Failure (environment) when a run of this id is under way here, or has left something behind. */
  async open(): Promise<void> {
    await mkdir(this.runsDir, { recursive: true, mode: 0o700 });
    try {
      await mkdir(this.dir, { mode: 0o700 });
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
      throw new Failure("this run has machines here already", {
        kind: "environment",
        place: this.runId,
        mend: "see what works on it: cloudlet status",
        cause,
      });
    }
    await this.takeOver();
  }

  /**
   * This process drives the run from now on. Of two that ask at the same time, the one whose line is the
   * first in the ledger has it.
   *
   * @throws Failure (environment) while another process drives it.
   */
  async takeOver(): Promise<void> {
    const self = await identifyProcess(process.pid);
    if (self === undefined) throw new Error("/proc says nothing of this process");
    let driver: ProcessIdentity | undefined;
    do {
      await this.write({ op: "owner", ...self });
      driver = await this.driver();
      // None: whoever left it standing did so after our line was written.
    } while (driver === undefined);
    if (driver.pid === self.pid) return;
    throw new Failure(`process ${driver.pid} is at work on it`, {
      kind: "environment",
      place: this.runId,
      mend: "wait until it has ended",
    });
  }

  /** The run stays up without a harness, as after `cloudlet up`. */
  disown(): Promise<void> {
    return this.write({ op: "disown" });
  }

  own(resource: Resource): Promise<void> {
    return this.write({ op: "own", resource });
  }

  strike(resource: Resource): Promise<void> {
    return this.write({ op: "strike", resource });
  }

  async read(): Promise<LedgerState> {
    const resources = new Map<string, Resource>();
    let owners: ProcessIdentity[] = [];
    for (const line of (await this.text()).split("\n")) {
      const entry = parseEntry(line);
      switch (entry?.op) {
        case "own":
          resources.set(JSON.stringify(entry.resource), entry.resource);
          break;
        case "strike":
          resources.delete(JSON.stringify(entry.resource));
          break;
        case "owner":
          owners.push({ pid: entry.pid, startTicks: entry.startTicks });
          break;
        case "disown":
          owners = [];
          break;
        case undefined:
          break;
      }
    }
    return { resources: [...resources.values()], owners };
  }

  /** The harness that drives this run, while one that is alive does. */
  async driver(): Promise<ProcessIdentity | undefined> {
    for (const owner of (await this.read()).owners) {
      if (await isAlive(owner)) return owner;
    }
    return undefined;
  }

  /** Forgets the run: its folder goes. Only after everything in the ledger is struck off. */
  async close(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  /** A crash may come between making the folder and writing the first line. */
  private async text(): Promise<string> {
    try {
      return await readFile(this.file, "utf8");
    } catch (cause) {
      if (isMissing(cause)) return "";
      throw cause;
    }
  }

  private write(entry: Entry): Promise<void> {
    // On a line of its own even after one that a crash cut short.
    return appendFile(this.file, `\n${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true });
  }
}

/** A line cut short by a crash says nothing: what it would have announced had not been made yet. */
function parseEntry(line: string): Entry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/**
 * Ids of all runs that have a ledger on this machine.
 *
 * @throws Failure (environment) for anyone but root.
 */
export async function runIds(runsDir = RUNS_DIR): Promise<string[]> {
  try {
    return (await readdir(runsDir)).sort();
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw new Failure("only root may look at what runs here", {
      kind: "environment",
      place: runsDir,
      mend: "run it as root",
      cause,
    });
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
