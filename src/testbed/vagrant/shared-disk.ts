import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure.js";
import type { Namespace } from "../../host/namespace.js";
import type { SshHost } from "../../host/ssh/ssh-host.js";

const START_PATIENCE_MS = 10_000;

/**
 * VM3's disk, on storage that both cloudlets share (thesis 4.2: the Linux host's, by NFS). Here the Linux host serves it by
 * NBD through the SSH connections, so that no port is open for it anywhere and no file system's cache stands between
 * the two QEMUs.
 *
 * @param host the run's namespace on this machine, in which the server runs.
 * @param socket path of the UNIX socket, here and on each cloudlet.
 */
export async function shareDisk(
  host: Namespace,
  cloudlets: readonly SshHost[],
  disk: { readonly file: string; readonly sizeGiB: number; readonly socket: string },
  signal: AbortSignal,
): Promise<void> {
  await using file = await open(disk.file, "wx", 0o600);
  await file.truncate(disk.sizeGiB * 2 ** 30);
  const log = `${disk.file}.log`;
  const server = await host.host.startDaemon(
    host.command([
      ...["qemu-nbd", "--persistent", "--shared=0", "--format=raw", "--cache=none"],
      ...["--discard=unmap", `--socket=${disk.socket}`, disk.file],
    ] as ["qemu-nbd", ...string[]]),
    log,
    { ownerOnly: true },
  );
  const deadline = performance.now() + START_PATIENCE_MS;
  while (!(await host.host.files.exists(disk.socket))) {
    signal.throwIfAborted();
    const ended = server === undefined || !(await host.host.isAlive(server));
    if (ended || performance.now() > deadline) {
      const said = await host.host.files.read(log).catch(() => "");
      throw new Failure(`VM3's disk can't be served: ${said.trim() || "qemu-nbd does not listen"}`, {
        kind: "environment",
        place: disk.file,
      });
    }
    await sleep(20);
  }
  for (const cloudlet of cloudlets) await cloudlet.lendSocket(disk.socket, disk.socket);
}

/** Name of its socket in the run's folder, on every machine. */
export const diskSocket = (dir: string) => join(dir, "disk.sock");
