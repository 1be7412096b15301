import type { GuestImage } from "../../guest/image.js";
import { openGuestImage } from "../../guest/image.js";
import { parseQemuVersion } from "../../guest/qemu.js";
import { Failure } from "../../failure.js";
import type { CommandLine, Exec } from "../../host/process.js";
import type { ShaperKind } from "./shaper.js";

/** Where the guest image and saved guest states are kept between runs. */
export const CACHE_DIR = "/var/cache/cloudlet";

/** What this machine brings along. */
export interface Machine {
  readonly image: GuestImage;
  readonly qemuVersion: string;
  readonly cacheDir: string;
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
  const image = await openGuestImage(CACHE_DIR);
  return { image, qemuVersion: await qemuVersion(exec), cacheDir: CACHE_DIR };
}

export async function qemuVersion(exec: Exec): Promise<string> {
  const output = await exec(["qemu-system-x86_64", "--version"]);
  const version = parseQemuVersion(output);
  if (version === undefined) {
    throw new Failure(`qemu-system-x86_64 states no version: ${output.split("\n")[0] ?? ""}`, {
      kind: "environment",
      mend: "install a QEMU of your distribution: apt-get install qemu-system-x86",
    });
  }
  return version;
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

/** Versions of everything that takes part, in their own words. */
export async function toolVersions(exec: Exec): Promise<Record<string, string>> {
  const tools: Record<string, CommandLine> = {
    kernel: ["uname", "-r"],
    qemu: ["qemu-system-x86_64", "--version"],
    iperf3: ["iperf3", "--version"],
    iproute2: ["ip", "-V"],
    fping: ["fping", "--version"],
    ping: ["ping", "-V"],
    tcpdump: ["tcpdump", "--version"],
  };
  const versions: Record<string, string> = { node: process.version };
  for (const [name, command] of Object.entries(tools)) {
    const text = await exec(command).catch(() => "unknown");
    versions[name] = text.split("\n")[0]?.trim() ?? "unknown";
  }
  return versions;
}
