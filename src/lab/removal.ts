import { rm } from "node:fs/promises";
import { endProcess, identifyProcess } from "../host/live-process.js";
import type { Ledger, Resource } from "../host/ledger.js";
import { namespaceNames } from "../host/namespace.js";
import type { Exec } from "../host/process.js";

/**
 * Removes all that a run's ledger says it made, the latest first: what is on other machines, the processes inside
 * its namespaces, the namespaces with every link in them, its folders. Safe to repeat, and the only way anything
 * is removed.
 *
 * @param removeFrom removes what the run made on another machine, given its name in the lab.
 */
export async function removeRun(
  ledger: Ledger,
  exec: Exec,
  removeFrom?: (machine: string) => Promise<void>,
): Promise<void> {
  const { resources } = await ledger.read();
  const failures: unknown[] = [];
  for (const resource of [...resources].reverse()) {
    try {
      await remove(resource, exec, removeFrom);
      await ledger.strike(resource);
    } catch (error) {
      // A machine that does not answer keeps nothing else from going; it stays in the ledger for another try.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  await ledger.close();
}

async function remove(
  resource: Resource,
  exec: Exec,
  removeFrom?: (machine: string) => Promise<void>,
): Promise<void> {
  switch (resource.kind) {
    case "namespace":
      return removeNamespace(resource.name, exec);
    case "folder":
      return rm(resource.path, { recursive: true, force: true });
    case "machine":
      return removeFrom?.(resource.name);
  }
}

async function removeNamespace(name: string, exec: Exec): Promise<void> {
  if (!(await namespaceNames(exec)).includes(name)) return;
  await endProcessesIn(name, exec);
  await exec(["ip", "netns", "delete", name]);
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
