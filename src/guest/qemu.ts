import { join } from "node:path";
import { Failure } from "../failure.js";
import type { UserIds } from "../host/host.js";
import type { CommandLine, Exec } from "../host/process.js";
import type { GuestImage } from "./image.js";

export type Accelerator = "kvm" | "tcg";

export interface Nic {
  readonly tap: string;
  readonly mac: string;
}

export interface QemuOptions {
  readonly name: string;
  readonly image: GuestImage;
  readonly accelerator: Accelerator;
  /** As `qemu-system-x86_64 --version` states it, e.g. `7.2.22`. */
  readonly qemuVersion: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly nics: readonly Nic[];
  /** UNIX socket of the NBD server that has its disk; none: it has no disk. */
  readonly diskSocket?: string | undefined;
  /** Folder of this guest's sockets and log. */
  readonly dir: string;
  /** Wait for a migration stream instead of booting. */
  readonly incoming: boolean;
}

export const qmpSocket = (dir: string) => join(dir, "qmp.sock");
export const agentSocket = (dir: string) => join(dir, "agent.sock");
export const qemuLog = (dir: string) => join(dir, "qemu.log");
export const consoleLog = (dir: string) => join(dir, "console.log");

/**
 * QEMU's command line. Source and destination of a migration must agree in all but `incoming` and `dir`.
 *
 * @param user whom it becomes once it has opened its taps, /dev/kvm and sockets; null: it stays who started it.
 */
export function qemuCommand(options: QemuOptions, user: UserIds | null): CommandLine {
  const { image, dir } = options;
  return [
    "qemu-system-x86_64",
    ...["-name", options.name, "-nodefaults", "-no-user-config", "-nographic"],
    // A guest whose kernel panics ends, instead of coming up again without all that it was given.
    "-no-reboot",
    ...["-sandbox", `on,obsolete=deny,elevateprivileges=${elevation(user)},spawn=deny,resourcecontrol=deny`],
    ...(user === null ? [] : runAs(user, options.qemuVersion)),
    ...["-machine", "q35,usb=off,vmport=off,graphics=off"],
    ...(options.accelerator === "kvm"
      ? ["-accel", "kvm", "-cpu", "host"]
      : ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max"]),
    ...["-m", `${memoryKib(options)}k`, "-smp", String(options.vcpus)],
    ...["-kernel", image.kernel, "-initrd", image.initramfs],
    // tsc=reliable: the guest would otherwise spend its first seconds on another machine doubting its clock.
    ...["-append", "console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off random.trust_cpu=on"],
    ...["-serial", `file:${consoleLog(dir)}`],
    ...[
      "-chardev",
      `socket,id=qmp,path=${qmpSocket(dir)},server=on,wait=off`,
      "-mon",
      "chardev=qmp,mode=control",
    ],
    ...["-device", "virtio-serial"],
    ...["-chardev", `socket,id=agent,path=${agentSocket(dir)},server=on,wait=off`],
    ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
    ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"],
    ...options.nics.flatMap(({ tap, mac }, index) => [
      ...["-netdev", `tap,id=net${index},ifname=${tap},script=no,downscript=no`],
      ...["-device", `virtio-net-pci,netdev=net${index},mac=${mac},romfile=`],
    ]),
    ...(options.diskSocket === undefined ? [] : diskArguments(options.diskSocket)),
    ...(options.incoming ? ["-incoming", "defer"] : []),
  ];
}

/**
 * The filter is there before QEMU changes its user: anything but `allow` ends 7.2 at that call. Whom it has become has
 * no capabilities, and the filter comes with no_new_privs: what is allowed then gives nothing back.
 */
const elevation = (user: UserIds | null) => (user === null ? "deny" : "allow");

/** QEMU 9.1 renamed the option (docs/about/deprecated). */
function runAs({ uid, gid }: UserIds, qemuVersion: string): string[] {
  const user = `${uid}:${gid}`;
  return isOlder(qemuVersion, [9, 1]) ? ["-runas", user] : ["-run-with", `user=${user}`];
}

/** Source and destination have it open at once: an NBD server takes both, and neither locks it. */
function diskArguments(socket: string): string[] {
  const server = `server.type=unix,server.path=${socket},reconnect-delay=30`;
  return [
    ...["-blockdev", `driver=nbd,node-name=disk,${server}`],
    ...["-device", "virtio-blk-pci,drive=disk"],
  ];
}

/**
 * Before 8.2.2, QEMU under TCG loses guest writes in a migration: where a RAM block is a whole number of
 * 64-page words, syncing the dirty bitmap clears bits without making the next write to those pages trap
 * again (mended by "physmem: Fix migration dirty bitmap coherency with TCG memory access"). A block that is
 * not takes the per-page path, which is correct; so such a guest gets 8 KiB, QEMU's granule, less.
 */
export function needsPerPageSync({
  accelerator,
  qemuVersion,
}: Pick<QemuOptions, "accelerator" | "qemuVersion">): boolean {
  return accelerator === "tcg" && isOlder(qemuVersion, [8, 2, 2]);
}

const memoryKib = (options: QemuOptions) => options.memoryMiB * 1024 - (needsPerPageSync(options) ? 8 : 0);

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  for (const [index, bound] of than.entries()) {
    const part = parts[index] ?? 0;
    if (part !== bound) return part < bound;
  }
  return false;
}

/**
 * Asks a machine's QEMU, e.g. `7.2.22`.
 *
 * @throws Failure (environment) when it states none.
 */
export async function readQemuVersion(exec: Exec): Promise<string> {
  const output = await exec(["qemu-system-x86_64", "--version"]);
  const version = parseQemuVersion(output);
  if (version !== undefined) return version;
  throw new Failure(`qemu-system-x86_64 states no version: ${output.split("\n")[0] ?? ""}`, {
    kind: "environment",
    mend: "install a QEMU of your distribution: apt-get install qemu-system-x86",
  });
}

/** Reads `qemu-system-x86_64 --version`. */
export function parseQemuVersion(output: string): string | undefined {
  return /version (\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
}
