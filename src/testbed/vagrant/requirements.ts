import { readFile, statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { openGuestImage } from "../../guest/image.js";
import { CACHE_DIR } from "../../host/cache.js";
import type { Exec } from "../../host/process.js";
import { SshHost } from "../../host/ssh/ssh-host.js";
import { qemuUser } from "../../lab/qemu-user.js";
import { missingTools } from "../../lab/tools.js";
import type { Requirement } from "../contract.js";
import { hasBox, VAGRANT_ENVIRONMENT } from "./box/store.js";
import { OWN_BOX, type HostMachines, type Machines, type VagrantMachines } from "./machines-schema.js";
import { bootTrialGuest } from "./trial-guest.js";

/** Programs that are called on this machine, and the Debian package each comes from. */
export function hostTools(machines: Machines): Readonly<Record<string, string>> {
  const always = { ip: "iproute2", ssh: "openssh-client", "qemu-nbd": "qemu-utils" };
  if (machines.kind === "hosts") return always;
  return {
    ...always,
    vagrant: "vagrant-libvirt",
    libvirtd: "libvirt-daemon",
    virsh: "libvirt-clients",
    dnsmasq: "dnsmasq-base",
    iptables: "iptables",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    nsenter: "util-linux",
    ...(machines.box === OWN_BOX
      ? { mmdebstrap: "mmdebstrap", mke2fs: "e2fsprogs", "ssh-keygen": "openssh-client", tar: "tar" }
      : {}),
  };
}

/** A system and QEMU's own tables, for each machine beside the memory that it is given. */
const OVERHEAD_MIB = 350;
/** The volumes of three machines and what they write, with a margin. */
const DISK_GIB = 8;

export async function vagrantRequirements(
  exec: Exec,
  machines: Machines,
  signal?: AbortSignal,
): Promise<Requirement[]> {
  const common = [root(), await tools(exec, machines), await image()];
  const user = qemuUser("who logs in to its cloudlet; nobody, where that is root;");
  if (machines.kind === "hosts") return [...common, ...(await Promise.all(hosts(machines))), user];
  const usable = common.every(({ state }) => state === "ok");
  return [
    ...common,
    usable ? await plugin(exec, signal) : unknown("vagrant-libvirt", "asked for once the tools are there"),
    ...(usable && machines.libvirt === "system" ? [await systemLibvirt(exec)] : []),
    usable ? await box(exec, machines, signal) : unknown("box", "looked for once Vagrant is there"),
    usable ? await trial(signal) : unknown("trial guest", "booted once the rest is there"),
    await nesting(),
    user,
    memory(machines),
    await disk(),
  ];
}

const unknown = (name: string, detail: string): Requirement => ({ name, state: "unknown", detail });

function root(): Requirement {
  return process.getuid?.() === 0
    ? { name: "root", state: "ok", detail: "running as root" }
    : {
        name: "root",
        state: "missing",
        detail: `running as user ${process.getuid?.() ?? "unknown"}`,
        mend: "sudo npx cloudlet …",
      };
}

async function tools(exec: Exec, machines: Machines): Promise<Requirement> {
  const wanted = hostTools(machines);
  const missing = await missingTools(exec, wanted);
  return missing.length === 0
    ? { name: "tools", state: "ok", detail: Object.keys(wanted).join(", ") }
    : {
        name: "tools",
        state: "missing",
        detail: `not installed: ${missing.join(", ")}`,
        mend: "cloudlet setup --testbed vagrant",
      };
}

async function image(): Promise<Requirement> {
  const name = "guest image";
  try {
    const { kernelVersion, digest } = await openGuestImage(CACHE_DIR);
    return { name, state: "ok", detail: `kernel ${kernelVersion}, ${digest.slice(0, 12)}` };
  } catch {
    return { name, state: "missing", detail: "not built", mend: "cloudlet setup --testbed vagrant" };
  }
}

/** Version of Vagrant's provider for libvirt; undefined where it has none. */
export async function pluginVersion(exec: Exec, signal?: AbortSignal): Promise<string | undefined> {
  const listing = await exec(["vagrant", "plugin", "list"], { signal, env: VAGRANT_ENVIRONMENT });
  return /^vagrant-libvirt \((\S+?),/m.exec(listing)?.[1];
}

async function plugin(exec: Exec, signal?: AbortSignal): Promise<Requirement> {
  const name = "vagrant-libvirt";
  const version = await pluginVersion(exec, signal);
  return version === undefined
    ? {
        name,
        state: "missing",
        detail: "Vagrant has no provider for libvirt",
        mend: "cloudlet setup --testbed vagrant",
      }
    : { name, state: "ok", detail: version };
}

/** A libvirt of the run's own is started by the run. */
async function systemLibvirt(exec: Exec): Promise<Requirement> {
  const name = "libvirt";
  try {
    await exec(["virsh", "--connect", "qemu:///system", "uri"], { timeoutMs: 20_000 });
    return { name, state: "ok", detail: "this machine's own answers" };
  } catch {
    return {
      name,
      state: "missing",
      detail: "this machine's own does not answer",
      mend: "systemctl start libvirtd (without systemd: virtlogd -d; libvirtd -d), or libvirt: private in the machines file",
    };
  }
}

async function box(exec: Exec, machines: VagrantMachines, signal?: AbortSignal): Promise<Requirement> {
  const name = "box";
  if (await hasBox(exec, machines.box, signal)) return { name, state: "ok", detail: machines.box };
  return machines.box === OWN_BOX
    ? { name, state: "missing", detail: `${OWN_BOX} is not built`, mend: "cloudlet box build" }
    : { name, state: "degraded", detail: `${machines.box} is not here yet: Vagrant will download it` };
}

async function trial(signal?: AbortSignal): Promise<Requirement> {
  const name = "trial guest";
  try {
    const { accelerator, reason, bootMs } = await bootTrialGuest(signal);
    const booted = `booted in ${(bootMs / 1000).toFixed(1)} s under ${accelerator === "kvm" ? "KVM" : "TCG"}`;
    return accelerator === "kvm"
      ? { name, state: "ok", detail: booted }
      : {
          name,
          state: "degraded",
          detail: `${booted}: ${reason}`,
          mend: "a machine with hardware virtualization is many times faster; this one will do",
        };
  } catch (error) {
    signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    return {
      name,
      state: "missing",
      detail: `none boots: ${why}`,
      mend: "cloudlet setup --testbed vagrant --rebuild",
    };
  }
}

/** Whether hardware virtualization reaches into the machines. Where they are emulated, QEMU's SVM always does. */
async function nesting(): Promise<Requirement> {
  const name = "nested KVM";
  for (const module of ["kvm_intel", "kvm_amd"]) {
    const nested = await readFile(`/sys/module/${module}/parameters/nested`, "utf8").catch(() => undefined);
    if (nested === undefined) continue;
    if (/^[Y1]/.test(nested)) return { name, state: "ok", detail: `${module} nested=${nested.trim()}` };
    return {
      name,
      state: "degraded",
      detail: `${module} nested=${nested.trim()}: VM3 can't run under hardware KVM in a cloudlet`,
      mend: `modprobe -r ${module} && modprobe ${module} nested=1`,
    };
  }
  return { name, state: "ok", detail: "no hardware KVM module: QEMU emulates AMD's SVM for the cloudlets" };
}

/** VM1, VM2 and VM4 at most. */
export const memoryNeededMiB = ({ cloudlet, device }: VagrantMachines): number =>
  2 * cloudlet.memoryMiB + device.memoryMiB + 3 * OVERHEAD_MIB;

function memory(machines: VagrantMachines): Requirement {
  const name = "memory";
  const wantedMiB = memoryNeededMiB(machines);
  const freeMiB = Math.round(freemem() / 2 ** 20);
  const detail = `${freeMiB} MiB free; VM1, VM2 and VM4 take up to ${wantedMiB}`;
  if (freeMiB >= wantedMiB) return { name, state: "ok", detail };
  const totalMiB = Math.round(totalmem() / 2 ** 20);
  return {
    name,
    state: "missing",
    detail,
    mend:
      totalMiB < wantedMiB ? "choose smaller machines: --machines small" : "end what else uses the memory",
  };
}

async function disk(): Promise<Requirement> {
  const name = "disk";
  const { bavail, bsize } = await statfs("/var/cache");
  const freeGiB = Math.floor((bavail * bsize) / 2 ** 30);
  const detail = `${freeGiB} GiB free under /var/cache`;
  return freeGiB >= DISK_GIB
    ? { name, state: "ok", detail }
    : { name, state: "missing", detail: `${detail}; a run takes up to ${DISK_GIB}`, mend: "make room there" };
}

/** Whether each machine of a lab lets this one in; what it lacks besides, a run says before it changes anything. */
function hosts(machines: HostMachines): Promise<Requirement>[] {
  return (["vm1", "vm2", "vm4"] as const).map(async (name): Promise<Requirement> => {
    const { address, port, user, identityFile } = machines[name];
    const target = { name, address, port, user, identityFile, knownHosts: null, throughNamespace: null };
    try {
      return { name, state: "ok", detail: await SshHost.greet(target) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return {
        name,
        state: "missing",
        detail: why,
        mend: `check that this works without a password: ssh -p ${port} ${user}@${address}`,
      };
    }
  });
}
