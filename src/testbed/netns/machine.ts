import { openGuestImage, type GuestImage } from "../../guest/image.js";
import { readQemuVersion } from "../../guest/qemu.js";
import { CACHE_DIR } from "../../host/cache.js";
import { Failure } from "../../failure.js";
import type { CommandLine, Exec } from "../../host/process.js";
import type { ShaperKind } from "../../lab/network/shaper.js";

/** What this machine brings along. */
export interface Machine {
  readonly image: GuestImage;
  readonly qemuVersion: string;
}

/**
 * @throws Failure (environment) naming the first thing that is missing.
 */
export async function inspectMachine(exec: Exec): Promise<Machine> {
  if (process.getuid?.() !== 0) {
    throw new Failure("the netns testbed needs root, to make namespaces and shape links", {
      kind: "environment",
      mend: "run it as root, or use --testbed sim",
    });
  }
  return { image: await openGuestImage(CACHE_DIR), qemuVersion: await readQemuVersion(exec) };
}

/** Whether this kernel has netem, found out by asking for it in a namespace of the run's own. */
export async function chooseShaper(
  inNamespace: (command: CommandLine) => Promise<string>,
): Promise<ShaperKind> {
  try {
    await inNamespace(["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]);
    await inNamespace(["tc", "qdisc", "delete", "dev", "lo", "root"]);
    return "host";
  } catch {
    return "guest";
  }
}
