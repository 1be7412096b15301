import { access, constants, readFile } from "node:fs/promises";
import { freemem } from "node:os";
import { openGuestImage } from "../../guest/image.js";
import type { Exec } from "../../host/process.js";
import type { Requirement } from "../contract.js";
import { cloudletTools, decodingTools, deviceTools, missingTools } from "../../lab/tools.js";
import { readQemuVersion } from "../../guest/qemu.js";
import { CACHE_DIR } from "../../host/cache.js";
import { qemuUser } from "../../lab/qemu-user.js";

/** Programs that a run calls, all of them on this machine, and the Debian package each comes from. */
export const runTools: Readonly<Record<string, string>> = { ...cloudletTools, ...deviceTools };

/** Programs that only `cloudlet setup` calls. */
export const setupTools: Readonly<Record<string, string>> = {
  cpio: "cpio",
  depmod: "kmod",
  "dpkg-deb": "dpkg",
  find: "findutils",
};

const MINIMUM_FREE_MIB = 1024;

export async function netnsRequirements(exec: Exec): Promise<Requirement[]> {
  const root = process.getuid?.() === 0;
  return [
    linux(),
    root
      ? { name: "root", state: "ok", detail: "running as root" }
      : {
          name: "root",
          state: "missing",
          detail: `running as user ${process.getuid?.() ?? "unknown"}`,
          mend: "sudo npx cloudlet …",
        },
    await tools(exec),
    await decoder(exec),
    await device("/dev/net/tun", "taps for the guests", "modprobe tun"),
    await mptcp(),
    await congestionControl(),
    await image(),
    await kvm(),
    ...(root ? [qemuUser("nobody (65534:65534)")] : []),
    await netem(exec, root),
    memory(),
  ];
}

function linux(): Requirement {
  return process.platform === "linux" && process.arch === "x64"
    ? { name: "linux", state: "ok", detail: "Linux on x86-64" }
    : {
        name: "linux",
        state: "missing",
        detail: `${process.platform} on ${process.arch}`,
        mend: "use a Linux machine on x86-64, or --testbed sim",
      };
}

async function tools(exec: Exec): Promise<Requirement> {
  const missing = await missingTools(exec, runTools);
  if (missing.length > 0) {
    return {
      name: "tools",
      state: "missing",
      detail: `not installed: ${missing.join(", ")}`,
      mend: "cloudlet setup",
    };
  }
  return {
    name: "tools",
    state: "ok",
    detail: `QEMU ${await readQemuVersion(exec)} and ${Object.keys(runTools).length - 1} others`,
  };
}

async function decoder(exec: Exec): Promise<Requirement> {
  const name = "tshark";
  const missing = await missingTools(exec, decodingTools);
  return missing.length === 0
    ? { name, state: "ok", detail: "decodes MPTCP's signals" }
    : {
        name,
        state: "degraded",
        detail: "not installed: cells of the device's handover modes fail without it",
        mend: "cloudlet setup",
      };
}

async function device(path: string, what: string, mend: string): Promise<Requirement> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return { name: path, state: "ok", detail: what };
  } catch {
    return { name: path, state: "missing", detail: `${what}: not there, or not to be opened`, mend };
  }
}

async function mptcp(): Promise<Requirement> {
  const name = "MPTCP";
  try {
    const enabled = (await readFile("/proc/sys/net/mptcp/enabled", "utf8")).trim() === "1";
    return enabled
      ? { name, state: "ok", detail: "net.mptcp.enabled=1" }
      : { name, state: "ok", detail: "in the kernel; each run enables it in its own namespaces" };
  } catch {
    return {
      name,
      state: "missing",
      detail: "this kernel has no MPTCP (CONFIG_MPTCP)",
      mend: "boot a kernel ≥ 5.19 with CONFIG_MPTCP=y, e.g. Debian's own",
    };
  }
}

async function congestionControl(): Promise<Requirement> {
  const name = "cubic";
  const available = await readFile("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8").catch(
    () => "",
  );
  return available.split(/\s+/).includes("cubic")
    ? { name, state: "ok", detail: `available: ${available.trim()}` }
    : { name, state: "missing", detail: `available: ${available.trim()}`, mend: "modprobe tcp_cubic" };
}

async function image(): Promise<Requirement> {
  const name = "guest image";
  try {
    const { kernelVersion, digest } = await openGuestImage(CACHE_DIR);
    return { name, state: "ok", detail: `kernel ${kernelVersion}, ${digest.slice(0, 12)}` };
  } catch {
    return { name, state: "missing", detail: "not built", mend: "cloudlet setup" };
  }
}

async function kvm(): Promise<Requirement> {
  const name = "KVM";
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return {
      name,
      state: "degraded",
      detail: "no usable /dev/kvm: guests run under TCG, several times slower",
      mend: "modprobe kvm_intel or kvm_amd, where the processor and its host allow it",
    };
  }
  const verdict = await readFile(`${CACHE_DIR}/kvm-verdict.json`, "utf8")
    .then((text) => JSON.parse(text) as { accelerator: string; reason: string })
    .catch(() => undefined);
  if (verdict === undefined) {
    return {
      name,
      state: "unknown",
      detail: "/dev/kvm is there; the first run tries whether a guest boots with it",
    };
  }
  return { name, state: verdict.accelerator === "kvm" ? "ok" : "degraded", detail: verdict.reason };
}

/** Asks for netem in a namespace that lives for this question only. */
async function netem(exec: Exec, root: boolean): Promise<Requirement> {
  const name = "netem";
  if (!root) return { name, state: "unknown", detail: "only root can find out" };
  try {
    await exec(["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]);
    return { name, state: "ok", detail: "in this kernel" };
  } catch {
    return {
      name,
      state: "degraded",
      detail: "not in this kernel: a small guest shapes the links with its own kernel's netem",
      mend: "modprobe sch_netem, or install the kernel's extra modules",
    };
  }
}

function memory(): Requirement {
  const freeMiB = Math.round(freemem() / 2 ** 20);
  return {
    name: "memory",
    state: freeMiB >= MINIMUM_FREE_MIB ? "ok" : "degraded",
    detail: `${freeMiB} MiB free; a cell needs up to twice VM3's memory and 400 MiB`,
  };
}
