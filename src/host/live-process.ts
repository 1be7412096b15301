import { readFile } from "node:fs/promises";

/** A process that may outlive the harness, told apart from a later one with the same pid by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks after boot, see proc(5). */
  readonly startTicks: number;
}

/** undefined: no such process, or a zombie. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  return parseStat(pid, stat);
}

/** Reads /proc/PID/stat; undefined for a zombie, and for anything else. */
export function parseStat(pid: number, stat: string): ProcessIdentity | undefined {
  // The second field, the command in parentheses, may hold anything: count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const startTicks = Number(fields[19]);
  if (state === "Z" || !Number.isFinite(startTicks)) return undefined;
  return { pid, startTicks };
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(identity.pid);
  return now?.startTicks === identity.startTicks;
}

/** Its command line as a person would recognise it, from proc(5); undefined when it is gone. */
export async function commandOf(pid: number): Promise<string | undefined> {
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    return words.join(" ").trim();
  } catch {
    return undefined;
  }
}

/** Ends exactly this process: SIGTERM, then SIGKILL after `graceMs`. Does nothing if it is already gone. */
export function endProcess(identity: ProcessIdentity, graceMs = 2000): Promise<void> {
  return endWith({ isAlive, signal: signalHere }, identity, graceMs);
}

/** How to look at the processes of a machine, and to signal them. */
export interface ProcessTable {
  isAlive(identity: ProcessIdentity): Promise<boolean>;
  /** Does nothing when the process has ended meanwhile. */
  signal(pid: number, signal: "SIGTERM" | "SIGKILL"): void | Promise<void>;
}

/** Ends a process of any machine: politely, then not. */
export async function endWith(table: ProcessTable, identity: ProcessIdentity, graceMs = 2000): Promise<void> {
  for (const [signal, patienceMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", 5000],
  ] as const) {
    if (!(await table.isAlive(identity))) return;
    await table.signal(identity.pid, signal);
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      if (!(await table.isAlive(identity))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function signalHere(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return;
    throw error;
  }
}
