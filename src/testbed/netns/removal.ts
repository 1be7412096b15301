import { endProcess, identifyProcess } from "../../host/live-process.js";
import type { Ledger } from "../../host/ledger.js";
import { namespaceNames } from "../../host/namespace.js";
import type { Exec } from "../../host/process.js";

/**
 * Removes all that a run's ledger says it made: the processes inside its namespaces, the namespaces with
 * every link in them, its folder. Safe to repeat, and the only way anything is removed.
 */
export async function removeRun(ledger: Ledger, exec: Exec): Promise<void> {
  const { namespaces } = await ledger.read();
  const existing = new Set(await namespaceNames(exec));
  for (const name of [...namespaces].reverse()) {
    if (existing.has(name)) {
      await endProcessesIn(name, exec);
      await exec(["ip", "netns", "delete", name]);
    }
    await ledger.strike(name);
  }
  await ledger.close();
}

async function endProcessesIn(namespace: string, exec: Exec): Promise<void> {
  const pids = (await exec(["ip", "netns", "pids", namespace])).split("\n").filter(Boolean).map(Number);
  await Promise.all(
    pids.map(async (pid) => {
      const identity = await identifyProcess(pid);
      if (identity !== undefined) await endProcess(identity);
    }),
  );
}
