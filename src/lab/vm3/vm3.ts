import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Cell } from "../../experiment/plan.js";
import type { Profile } from "../../experiment/schema.js";
import { Failure } from "../../failure.js";
import type { GuestAgent } from "../../guest/agent.js";
import { Guest } from "../../guest/guest.js";
import { MPTCP_PRELOAD } from "../../guest/image.js";
import { needsPerPageSync, type QemuOptions } from "../../guest/qemu.js";
import { restoreState, saveState, settleDirtyBitmap } from "../../guest/saved-state.js";
import type { OpenOptions } from "../../testbed/contract.js";
import type { Namespace } from "../../host/namespace.js";
import type { Lab, Toolchain } from "../lab.js";
import { cloudlets, IPERF_PORT, vm3, type Place } from "../network/layout.js";
import { makeVm3Taps, type Namespaces } from "../network/topology.js";
import { FILL_FILE } from "./memory-writer.js";
import { sourceRouting } from "./vm3-addresses.js";

export interface Vm3Options {
  readonly toolchain: Toolchain;
  readonly guest: Cell["guest"];
  /** Folder of the run's sockets. */
  readonly dir: string;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

export function vm3Options(
  lab: Pick<Lab, "toolchain" | "dir">,
  guest: Cell["guest"],
  { signal, note }: Pick<OpenOptions, "signal" | "note">,
): Vm3Options {
  return { toolchain: lab.toolchain, guest, dir: lab.dir, signal, note };
}

/** Starts VM3 on cloudlet 1, booted, filled and addressed: from a saved state where such are kept. */
export async function startVm3({ vm1 }: Namespaces, name: string, options: Vm3Options): Promise<Guest> {
  await makeVm3Taps(vm1);
  const { stateDir } = options.toolchain;
  if (stateDir === null) {
    options.note("booting VM3 and filling its memory");
    return bootVm3(vm1, name, options);
  }
  const file = join(stateDir, stateName(options));
  if (!(await vm1.host.files.exists(file))) {
    options.note("booting VM3 and filling its memory, once for this image and size");
    const first = await bootVm3(vm1, `${name}-boot`, options);
    try {
      await vm1.host.files.makeFolder(stateDir);
      // With nobody on the agent's port: whoever restores the state finds it so.
      await first.release();
      const again = await Guest.attach(first.host, first.handle);
      await saveState(again, file);
      await again.release();
    } finally {
      await first.end();
    }
  }
  const guest = await Guest.start(vm1, qemuOptions(name, options, true));
  try {
    await restoreState(guest, file);
    if (needsPerPageSync(qemuOf(options))) await settleDirtyBitmap(guest);
  } catch (error) {
    await guest.end();
    throw error;
  }
  return guest;
}

/** Longest time that a guest takes from power-on to its agent's first answer, emulated twice over. */
const BOOT_PATIENCE_MS = 90_000;

async function bootVm3(namespace: Namespace, name: string, options: Vm3Options): Promise<Guest> {
  const guest = await Guest.start(namespace, qemuOptions(name, options, false));
  try {
    await prepare(await guest.boot(BOOT_PATIENCE_MS, options.signal), options.guest);
    return guest;
  } catch (error) {
    await guest.end();
    throw error;
  }
}

/** The QEMU at the destination cloudlet, waiting for VM3. */
export async function startDestination(
  namespaces: Namespaces,
  place: Place,
  name: string,
  options: Vm3Options,
): Promise<Guest> {
  await makeVm3Taps(namespaces[place]);
  return Guest.start(namespaces[place], qemuOptions(name, options, true));
}

function qemuOptions(name: string, options: Vm3Options, incoming: boolean): QemuOptions {
  return {
    name,
    image: options.toolchain.image,
    diskSocket: options.toolchain.diskSocket,
    ...qemuOf(options),
    memoryMiB: options.guest.memoryMiB,
    vcpus: options.guest.vcpus,
    nics: [vm3.eth0, vm3.eth1],
    dir: join(options.dir, name),
    incoming,
  };
}

const qemuOf = ({ toolchain: { accelerator, qemuVersion } }: Vm3Options) => ({
  accelerator: accelerator.accelerator,
  qemuVersion,
});

/** A state fits only the image, QEMU, accelerator and size that it was saved with. */
function stateName(options: Vm3Options): string {
  const { accelerator, qemuVersion } = qemuOf(options);
  const { guest, toolchain } = options;
  const key = JSON.stringify([toolchain.image.digest, accelerator, qemuVersion, guest, firstNetwork()]);
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `vm3-${guest.memoryMiB}m-${digest}.state`;
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
  await agent.exec(["busybox", "dd", "if=/dev/urandom", `of=${FILL_FILE}`, "bs=1M", `count=${missingMiB}`], {
    timeoutMs: 300_000,
  });
}

const LISTEN_PATIENCE_MS = 10_000;
/** The longest that iperf3 takes: by itself it ends a flow after 120 s without data, before any kernel does. */
const FLOW_PATIENCE_MS = 86_400_000;

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
  const patience = ["--rcv-timeout", String(FLOW_PATIENCE_MS)];
  await agent.start(["iperf3", "--server", "--port", String(IPERF_PORT), ...patience], {
    env: { LD_PRELOAD: MPTCP_PRELOAD, PATH: "/usr/bin:/usr/sbin" },
  });
  const deadline = performance.now() + LISTEN_PATIENCE_MS;
  while ((await agent.exec(["ss", "-tlnH", "sport", "=", `:${IPERF_PORT}`])) === "") {
    if (performance.now() > deadline) throw new Failure("iperf3 in VM3 does not listen", { kind: "cell" });
  }
}
