import type { Host } from "../host/host.js";
import type { CommandLine, Exec } from "../host/process.js";
import type { Provenance } from "../record/schema.js";
import type { Lab } from "./lab.js";
import { hostsOf } from "./network/topology.js";

type Machine = Provenance["machine"];

/** What the machines of a lab are and run: those of the cloudlets first, where they differ. */
export async function labProvenance({ namespaces, shaper, toolchain }: Lab): Promise<Provenance> {
  const hosts = hostsOf(namespaces);
  const { accelerator, image } = toolchain;
  const areOneMachine = new Set(Object.values(hosts)).size === 1;
  return {
    versions: { node: process.version, ...(await toolVersions(hosts.vm1.exec)) },
    machine: await machineOf(hosts.host),
    accelerator: accelerator.accelerator,
    ...(areOneMachine ? {} : { cloudlets: await cloudletKind([hosts.vm1, hosts.vm2]) }),
    shaper: shaper.kind,
    detail: {
      accelerator: accelerator.reason,
      qemuUser: await hosts.vm1.guestUser(),
      guestKernel: image.kernelVersion,
      guestImage: image.digest,
      guestPackages: image.packages,
      ...(areOneMachine ? {} : { machines: await machinesOf(hosts) }),
    },
  };
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
    tshark: ["tshark", "--version"],
  };
  const versions: Record<string, string> = {};
  for (const [name, command] of Object.entries(tools)) {
    const text = await exec(command).catch(() => "unknown");
    versions[name] = text.split("\n")[0]?.trim() ?? "unknown";
  }
  return versions;
}

async function machinesOf(hosts: Readonly<Record<string, Host>>) {
  const described = Object.entries(hosts).map(
    async ([name, host]) =>
      [name, { ...(await machineOf(host)), kernel: (await host.exec(["uname", "-r"])).trim() }] as const,
  );
  return Object.fromEntries(await Promise.all(described));
}

type CloudletKind = NonNullable<Provenance["cloudlets"]>;

/** Of two that differ, the one that says less about speed. */
async function cloudletKind(hosts: readonly Host[]): Promise<CloudletKind> {
  const kinds = await Promise.all(
    hosts.map(async ({ files }) => {
      const read = (path: string) => files.read(path).catch(() => "");
      const [cpuinfo, clockSources, vendor] = await Promise.all([
        files.read("/proc/cpuinfo"),
        read("/sys/devices/system/clocksource/clocksource0/available_clocksource"),
        read("/sys/class/dmi/id/sys_vendor"),
      ]);
      return machineKind(cpuinfo, clockSources, vendor);
    }),
  );
  return kinds.find((kind) => kind === "emulated") ?? kinds.find((kind) => kind === "virtual") ?? "physical";
}

/**
 * A hypervisor sets the flag of its name in CPUID; QEMU offers KVM's clock under KVM and has none to offer without it.
 *
 * @param clockSources the kernel's available_clocksource.
 * @param vendor the system's vendor by DMI.
 */
export function machineKind(cpuinfo: string, clockSources: string, vendor: string): CloudletKind {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)) return "physical";
  return vendor.trim() === "QEMU" && !clockSources.split(/\s+/).includes("kvm-clock")
    ? "emulated"
    : "virtual";
}

async function machineOf({ files }: Host): Promise<Machine> {
  const [cpuinfo, meminfo] = await Promise.all([files.read("/proc/cpuinfo"), files.read("/proc/meminfo")]);
  return parseMachine(cpuinfo, meminfo);
}

/** Reads proc(5)'s cpuinfo and meminfo. */
export function parseMachine(cpuinfo: string, meminfo: string): Machine {
  return {
    cpu: /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? "unknown",
    cores: [...cpuinfo.matchAll(/^processor\s*:/gm)].length,
    memoryMiB: Math.round(Number(/^MemTotal:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? 0) / 1024),
  };
}
