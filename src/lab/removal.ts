import { rm } from "node:fs/promises";
import { endProcess, identifyProcess } from "../host/live-process.js";
import type { Ledger, Resource } from "../host/ledger.js";
import { namespaceNames } from "../host/namespace.js";
import type { Exec } from "../host/process.js";
import type { RemoveOptions } from "../testbed/standing-labs.js";

/** How to reach what a run has made on other machines. */
export interface Elsewhere {
  /** What would be left on one of them if it were not removed, and how to remove it by hand; in words. */
  leftOn(machine: string): string;
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
 * @returns what is forgotten without being removed: on machines that do not answer, and only if asked to.
 */
export async function removeRun(
  ledger: Ledger,
  exec: Exec,
  elsewhere?: Elsewhere,
  { forget = false }: RemoveOptions = {},
): Promise<readonly string[]> {
  const { resources } = await ledger.read();
  const failures: unknown[] = [];
  const forgotten: string[] = [];
  for (const resource of [...resources].reverse()) {
    try {
      await remove(resource, exec, elsewhere);
      await ledger.strike(resource);
    } catch (error) {
      if (forget && resource.kind === "machine" && elsewhere !== undefined) {
        forgotten.push(elsewhere.leftOn(resource.name));
        await ledger.strike(resource);
      }
      // A machine that does not answer keeps nothing else from going; it stays in the ledger for another try.
      else failures.push(error);
    }
  }
  await elsewhere?.leave();
  if (failures.length > 0) throw failures[0];
  await ledger.close();
  return forgotten;
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
