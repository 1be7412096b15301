import { join } from "node:path";
import { CACHE_DIR } from "../../../host/cache.js";
import type { Exec } from "../../../host/process.js";

/** Vagrant's home: boxes are kept in it between runs, apart from those of whoever uses Vagrant here otherwise. */
export const VAGRANT_HOME = join(CACHE_DIR, "vagrant.d");

/** Vagrant keeps to its own home, and asks nobody on the network whether it is of today. */
export const VAGRANT_ENVIRONMENT = {
  VAGRANT_HOME,
  VAGRANT_CHECKPOINT_DISABLE: "1",
  VAGRANT_NO_COLOR: "1",
  HOME: CACHE_DIR,
} as const;
const env = VAGRANT_ENVIRONMENT;

/** Whether Vagrant has a box of that name for libvirt. */
export async function hasBox(exec: Exec, name: string, signal?: AbortSignal): Promise<boolean> {
  return parseBoxList(await exec(["vagrant", "box", "list"], { env, signal })).includes(name);
}

/** Gives Vagrant a box's file, in place of any of that name before. */
export async function addBox(exec: Exec, name: string, file: string, signal?: AbortSignal): Promise<void> {
  await exec(["vagrant", "box", "add", "--force", "--provider=libvirt", "--name", name, file], {
    env,
    signal,
  });
}

/** Names of libvirt's boxes in `vagrant box list`: `NAME (libvirt, VERSION)`, padded to a column. */
export function parseBoxList(output: string): string[] {
  return [...output.matchAll(/^(\S+)\s+\(libvirt, .*\)$/gm)].flatMap(([, name]) => name ?? []);
}
