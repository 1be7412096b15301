import { rm } from "node:fs/promises";
import { endProcess, identifyProcess } from "../host/live-process.js";
import type { Ledger, Resource } from "../host/ledger.js";
import { namespaceNames } from "../host/namespace.js";
import type { Exec } from "../host/process.js";

/** How to reach what a run has made on other machines. */
export interface Elsewhere {
  /** Removes all of it from one of them, given its name in the lab. */
  remove(machine: string): Promise<void>;
  /** Lets go of all of them, once there is nothing more to do there. */
  leave(): Promise<void>;
}

/**
 * Removes all that a run's ledger says it made, the latest first: what is on other machines, the processes inside
 * its namespaces, the namespaces with every link in them, its folders. Safe to repeat, and the only way anything
 * is removed.
 *
 */
export async function removeRun(ledger: Ledger, exec: Exec, elsewhere?: Elsewhere): Promise<void> {
  const { resources } = await ledger.read();
  const failures: unknown[] = [];
  for (const resource of [...resources].reverse()) {
    try {
      await remove(resource, exec, elsewhere);
      await ledger.strike(resource);
    } catch (error) {
      // A machine that does not answer keeps nothing else from going; it stays in the ledger for another try.
      failures.push(error);
    }
  }
  await elsewhere?.leave();
  if (failures.length > 0) throw failures[0];
  await ledger.close();
}

async function remove(resource: Resource, exec: Exec, elsewhere: Elsewhere | undefined): Promise<void> {
  switch (resource.kind) {
    case "namespace":
      return removeNamespace(resource.name, exec);
    case "folder":
      return rm(resource.path, { recursive: true, force: true });
    case "machine":
      return elsewhere?.remove(resource.name);
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
