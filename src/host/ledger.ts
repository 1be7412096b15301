import { appendFile, mkdir, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { identifyProcess, isAlive } from "./live-process.js";

/**
 * What a run has made on this machine, written down before it is made and struck off once it is gone,
 * one JSON text a line. Cleaning up works from here and from nowhere else. Links, taps, qdiscs and routes
 * live in the run's namespaces and go with them; processes are found in them.
 */
const entrySchema = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("owner"), pid: z.int(), startTicks: z.int() }),
  z.strictObject({ op: z.literal("disown") }),
  z.strictObject({ op: z.literal("own"), namespace: z.string() }),
  z.strictObject({ op: z.literal("strike"), namespace: z.string() }),
]);
type Entry = z.infer<typeof entrySchema>;

/** Where runs keep their sockets and ledgers; gone after a reboot, as namespaces are. */
export const RUNS_DIR = "/run/cloudlet";

export interface LedgerState {
  /** Namespaces that may still exist, oldest first. */
  readonly namespaces: readonly string[];
  /** The harness that drives this run, while one does. */
  readonly owner: { readonly pid: number; readonly startTicks: number } | undefined;
}

export class Ledger {
  constructor(readonly runId: string) {}

  get dir(): string {
    return join(RUNS_DIR, this.runId);
  }

  private get file(): string {
    return join(this.dir, "ledger.jsonl");
  }

  async open(): Promise<void> {
    await mkdir(RUNS_DIR, { recursive: true, mode: 0o700 });
    await mkdir(this.dir, { mode: 0o700 });
    await this.takeOver();
  }

  /** This process drives the run from now on. */
  async takeOver(): Promise<void> {
    const self = await identifyProcess(process.pid);
    if (self !== undefined) await this.write({ op: "owner", ...self });
  }

  /** The run stays up without a harness, as after `cloudlet up`. */
  disown(): Promise<void> {
    return this.write({ op: "disown" });
  }

  own(namespace: string): Promise<void> {
    return this.write({ op: "own", namespace });
  }

  strike(namespace: string): Promise<void> {
    return this.write({ op: "strike", namespace });
  }

  async read(): Promise<LedgerState> {
    const namespaces = new Set<string>();
    let owner: LedgerState["owner"];
    for (const line of (await readFile(this.file, "utf8")).split("\n")) {
      const entry = parseEntry(line);
      switch (entry?.op) {
        case "own":
          namespaces.add(entry.namespace);
          break;
        case "strike":
          namespaces.delete(entry.namespace);
          break;
        case "owner":
          owner = { pid: entry.pid, startTicks: entry.startTicks };
          break;
        case "disown":
          owner = undefined;
          break;
        case undefined:
          break;
      }
    }
    return { namespaces: [...namespaces], owner };
  }

  /** Whether a harness that is still alive drives this run. */
  async isDriven(): Promise<boolean> {
    const { owner } = await this.read();
    return owner !== undefined && (await isAlive(owner));
  }

  /** Forgets the run: its folder goes. Only after everything in the ledger is struck off. */
  async close(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  private write(entry: Entry): Promise<void> {
    return appendFile(this.file, JSON.stringify(entry) + "\n", { mode: 0o600, flush: true });
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

/** Ids of all runs that have a ledger on this machine. */
export async function runIds(): Promise<string[]> {
  try {
    return (await readdir(RUNS_DIR)).sort();
  } catch {
    return [];
  }
}
