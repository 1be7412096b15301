import type { Exec } from "../../host/process.js";

/** The system's own daemon; for a libvirt of the run's own this is that one, as its sockets lie over the system's. */
const virsh = (...words: string[]): [string, ...string[]] => [
  "virsh",
  "--quiet",
  "--connect",
  "qemu:///system",
  ...words,
];

/** Beside libvirt's other images, where its QEMUs and its security driver expect them. */
const poolFolder = (pool: string) => `/var/lib/libvirt/images/${pool}`;

/**
 * A storage pool of the run's own in this machine's libvirt: Vagrant keeps the box's image in its pool for good, and
 * takes a pool of another name than `default` only if it is there.
 */
export async function makePool(exec: Exec, prefix: string): Promise<string> {
  const pool = `${prefix}pool`;
  await exec(virsh("pool-create-as", pool, "dir", "--target", poolFolder(pool), "--build"));
  return pool;
}

/**
 * Removes every domain, network and pool of this machine's libvirt whose name begins with a run's prefix. By name, as
 * Vagrant forgets networks whose machines it has not finished, and fails where two machines let go of one at the same
 * time. Safe to repeat.
 */
export async function removeAllOf(exec: Exec, prefix: string): Promise<void> {
  const named = async (...listing: string[]) =>
    (await exec(virsh(...listing, "--name")))
      .split("\n")
      .map((line) => line.trim())
      .filter((name) => name.startsWith(prefix));

  const running = await named("list");
  for (const domain of running) await exec(virsh("destroy", domain));
  for (const domain of await named("list", "--all")) await exec(virsh("undefine", domain));

  const active = await named("net-list");
  for (const network of active) await exec(virsh("net-destroy", network));
  for (const network of await named("net-list", "--all")) await exec(virsh("net-undefine", network));

  for (const pool of await named("pool-list")) {
    for (const volume of await volumesIn(exec, pool)) await exec(virsh("vol-delete", "--pool", pool, volume));
    // A transient pool: with its end libvirt has forgotten it, and its folder stays.
    await exec(virsh("pool-destroy", pool));
    await exec(["rm", "--recursive", "--force", poolFolder(pool)]);
  }
}

async function volumesIn(exec: Exec, pool: string): Promise<string[]> {
  const listing = await exec(virsh("vol-list", pool));
  return listing
    .split("\n")
    .map((line) => line.trim().split(/\s+/)[0] ?? "")
    .filter((name) => name !== "");
}
