import { createHash } from "node:crypto";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Cell } from "../../experiment/plan.js";
import type { Profile } from "../../experiment/schema.js";
import { Failure } from "../../failure.js";
import type { GuestAgent } from "../../guest/agent.js";
import { Guest } from "../../guest/guest.js";
import { MPTCP_PRELOAD, type GuestImage } from "../../guest/image.js";
import { needsPerPageSync, type Accelerator, type QemuOptions } from "../../guest/qemu.js";
import { restoreState, saveState, settleDirtyBitmap } from "../../guest/saved-state.js";
import { startDaemon, type StartDaemon } from "../../host/process.js";
import type { OpenOptions } from "../contract.js";
import type { Lab } from "./lab.js";
import { cloudlets, IPERF_PORT, vm3, type Place } from "./layout.js";
import type { Machine } from "./machine.js";
import { makeVm3Taps, type Namespaces } from "./topology.js";
import { sourceRouting } from "./vm3-addresses.js";

export interface Vm3Options {
  readonly image: GuestImage;
  readonly accelerator: Accelerator;
  readonly qemuVersion: string;
  readonly guest: Cell["guest"];
  /** Folder of the run's sockets. */
  readonly dir: string;
  readonly cacheDir: string;
  readonly startDaemon: StartDaemon;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

export function vm3Options(
  lab: Pick<Lab, "accelerator" | "dir">,
  { image, qemuVersion, cacheDir }: Machine,
  guest: Cell["guest"],
  { signal, note }: Pick<OpenOptions, "signal" | "note">,
): Vm3Options {
  const { accelerator } = lab.accelerator;
  return { image, accelerator, qemuVersion, guest, dir: lab.dir, cacheDir, startDaemon, signal, note };
}

/** Starts VM3 on a cloudlet, booted, filled and addressed: from a saved state where one fits. */
export async function startVm3(namespaces: Namespaces, name: string, options: Vm3Options): Promise<Guest> {
  const file = stateFile(options);
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  await makeVm3Taps(namespaces.vm1);
  if (!exists) {
    options.note("booting VM3 and filling its memory, once for this image and size");
    const first = await Guest.start(
      namespaces.vm1,
      options.startDaemon,
      qemuOptions(`${name}-boot`, options, false),
    );
    try {
      await prepare(await first.agent(90_000, options.signal), options.guest);
      first.release();
      const again = await Guest.attach(first.handle);
      await mkdir(join(options.cacheDir, "states"), { recursive: true });
      await saveState(again, file);
      again.release();
    } finally {
      await first.end();
    }
  }
  const guest = await Guest.start(namespaces.vm1, options.startDaemon, qemuOptions(name, options, true));
  try {
    await restoreState(guest, file);
    if (needsPerPageSync(options)) await settleDirtyBitmap(guest);
  } catch (error) {
    await guest.end();
    throw error;
  }
  return guest;
}

/** The QEMU at the destination cloudlet, waiting for VM3. */
export async function startDestination(
  namespaces: Namespaces,
  place: Place,
  name: string,
  options: Vm3Options,
): Promise<Guest> {
  await makeVm3Taps(namespaces[place]);
  return Guest.start(namespaces[place], options.startDaemon, qemuOptions(name, options, true));
}

function qemuOptions(name: string, options: Vm3Options, incoming: boolean): QemuOptions {
  return {
    name,
    image: options.image,
    accelerator: options.accelerator,
    qemuVersion: options.qemuVersion,
    memoryMiB: options.guest.memoryMiB,
    vcpus: options.guest.vcpus,
    nics: [vm3.eth0, vm3.eth1],
    dir: join(options.dir, name),
    incoming,
  };
}

/** A state fits only the image, QEMU, accelerator and size that it was saved with. */
function stateFile({ image, accelerator, qemuVersion, guest, cacheDir }: Vm3Options): string {
  const key = JSON.stringify([image.digest, accelerator, qemuVersion, guest, firstNetwork()]);
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return join(cacheDir, "states", `vm3-${guest.memoryMiB}m-${digest}.state`);
}

/** Table 4.5: eth0 up with its address, eth1 down with none. Routing by source, one table an address. */
function firstNetwork(): string[] {
  return [
    "link set eth0 up",
    `address add ${vm3.initialAddress}/24 dev eth0`,
    ...sourceRouting(vm3.initialAddress, cloudlets.vm1.gateway, "eth0", 101),
    `route add default via ${cloudlets.vm1.gateway} dev eth0`,
    "mptcp limits set subflows 8 add_addr_accepted 8",
  ];
}

async function prepare(agent: GuestAgent, guest: Cell["guest"]): Promise<void> {
  await agent.exec(["ip", "-batch", "-"], { input: firstNetwork().join("\n") });
  await agent.exec([
    "busybox",
    "sysctl",
    "-w",
    "net.ipv4.conf.all.arp_ignore=1",
    "net.ipv4.conf.all.arp_announce=2",
  ]);
  await fillMemory(agent, guest);
}

/**
 * Fills VM3 until `usedMiB` of its memory is not free, the kernel's own included: what a hypervisor finds to
 * be in use, and has to send. The fill is random, so that no page of it is zero or compresses.
 */
async function fillMemory(agent: GuestAgent, { memoryMiB, usedMiB }: Cell["guest"]): Promise<void> {
  const meminfo = await agent.exec(["busybox", "cat", "/proc/meminfo"]);
  const freeKib = Number(/^MemFree:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? Number.NaN);
  const missingMiB = Math.round(usedMiB - (memoryMiB - freeKib / 1024));
  if (missingMiB <= 0) return;
  await agent.exec(["busybox", "dd", "if=/dev/urandom", "of=/run/fill", "bs=1M", `count=${missingMiB}`], {
    timeoutMs: 300_000,
  });
}

const LISTEN_PATIENCE_MS = 10_000;

/** The profile's TCP settings and a fresh iperf3 server: what differs from cell to cell. */
export async function startService(agent: GuestAgent, tcp: Profile["tcp"]): Promise<void> {
  await agent.exec([
    "busybox",
    "sysctl",
    "-w",
    `net.ipv4.tcp_congestion_control=${tcp.congestionControl.value}`,
    `net.ipv4.tcp_rmem=${tcp.rmemBytes.value.join(" ")}`,
    `net.ipv4.tcp_wmem=${tcp.wmemBytes.value.join(" ")}`,
    // Seconds until an unanswered ADD_ADDR is sent again; the default of 120 outlasts a migration.
    "net.mptcp.add_addr_timeout=1",
  ]);
  await agent.start(["iperf3", "--server", "--port", String(IPERF_PORT)], {
    env: { LD_PRELOAD: MPTCP_PRELOAD, PATH: "/usr/bin:/usr/sbin" },
  });
  const deadline = performance.now() + LISTEN_PATIENCE_MS;
  while ((await agent.exec(["ss", "-tlnH", "sport", "=", `:${IPERF_PORT}`])) === "") {
    if (performance.now() > deadline) throw new Failure("iperf3 in VM3 does not listen", { kind: "cell" });
  }
}
