import { readdir } from "node:fs/promises";
import { RUNS_DIR } from "../../src/host/ledger.js";
import { namespaceNames } from "../../src/host/namespace.js";
import { exec } from "../../src/host/process.js";

/** What a run could leave behind on this machine, to compare before and after. */
export interface MachineState {
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly runFolders: readonly string[];
  /** QEMUs, probes and the like, by pid and command. */
  readonly processes: readonly string[];
}

const watched = /^\d+ (?:\S*\/)?(?:qemu-system-x86_64|fping|tcpdump|iperf3|ping) /;

/** Of every testbed, e.g. `netns/a1`. */
async function runFolders(): Promise<string[]> {
  const found = await readdir(RUNS_DIR, { recursive: true }).catch(() => []);
  return found.filter((path) => path.split("/").length === 2);
}

export async function machineState(): Promise<MachineState> {
  const [namespaces, links, processes, folders] = await Promise.all([
    namespaceNames(exec),
    exec(["ip", "-o", "link", "show"]),
    exec(["ps", "-eo", "pid=,args="]),
    runFolders(),
  ]);
  return {
    namespaces: namespaces.sort(),
    links: links.split("\n").map((line) => line.split(": ")[1] ?? line),
    runFolders: folders.sort(),
    processes: processes
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => watched.test(line)),
  };
}
