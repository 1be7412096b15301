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
export async function endProcess(identity: ProcessIdentity, graceMs = 2000): Promise<void> {
  for (const [signal, patienceMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", 5000],
  ] as const) {
    if (!(await isAlive(identity))) return;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      // It ended by itself since it was looked at.
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return;
      throw error;
    }
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      if (!(await isAlive(identity))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
