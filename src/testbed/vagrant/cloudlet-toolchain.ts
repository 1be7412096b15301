import { join } from "node:path";
import { Failure } from "../../failure.js";
import { chooseAccelerator, type AcceleratorVerdict } from "../../guest/accelerator.js";
import type { GuestImage } from "../../guest/image.js";
import { readQemuVersion } from "../../guest/qemu.js";
import type { Toolchain } from "../../lab/lab.js";
import type { Namespaces } from "../../lab/network/topology.js";
import { cloudletTools, deviceTools, missingTools } from "../../lab/tools.js";
import { diskSocket } from "./shared-disk.js";
import { remoteMachines, type RemoteHosts } from "./machines-in-use.js";

/** A guest nested in an emulated machine boots in a quarter of a minute; a busy one takes longer. */
const TRIAL_MS = 120_000;

/** Loaded beforehand: from inside a namespace of their own, tc and ip may not ask for them on every kernel. */
const modules = ["tun", "bridge", "sch_netem", "sch_tbf", "tcp_bbr", "kvm_intel", "kvm_amd"];

/**
 * @throws Failure (environment) that names all programs which the machines lack, and the packages.
 */
export async function demandTools(hosts: RemoteHosts): Promise<void> {
  const lacks = await Promise.all(
    remoteMachines.map(async (machine) => {
      const wanted = machine === "vm4" ? deviceTools : cloudletTools;
      return { machine, missing: await missingTools(hosts[machine].exec, wanted), wanted };
    }),
  );
  const lacking = lacks.filter(({ missing }) => missing.length > 0);
  if (lacking.length === 0) return;
  const packages = lacking.flatMap(({ missing, wanted }) => missing.map((tool) => wanted[tool] ?? tool));
  throw new Failure(
    lacking.map(({ machine, missing }) => `${machine} lacks ${missing.join(", ")}`).join("; "),
    {
      kind: "environment",
      mend: `on each: apt-get install --no-install-recommends ${[...new Set(packages)].join(" ")}`,
    },
  );
}

const imageFolder = (dir: string) => join(dir, "image");

/** Takes the guest's image to both cloudlets. */
export async function sendImage(image: GuestImage, hosts: RemoteHosts, dir: string): Promise<void> {
  const there = imageOnCloudlets(image, dir);
  await Promise.all(
    [hosts.vm1, hosts.vm2].map(async ({ files }) => {
      await files.makeFolder(imageFolder(dir));
      await files.send(image.kernel, there.kernel);
      await files.send(image.initramfs, there.initramfs);
    }),
  );
}

/** The image as it lies there. */
function imageOnCloudlets(image: GuestImage, dir: string): GuestImage {
  const folder = imageFolder(dir);
  return { ...image, kernel: join(folder, "vmlinuz"), initramfs: join(folder, "initramfs") };
}

/**
 * Starts a guest on each cloudlet.
 *
 * @throws Failure (environment) where none runs under KVM: emulated in an emulated machine, VM3 would not keep up.
 */
export async function demandKvm(
  namespaces: Namespaces,
  hosts: RemoteHosts,
  image: GuestImage,
  dir: string,
): Promise<AcceleratorVerdict> {
  await Promise.all(
    remoteMachines.map((machine) =>
      hosts[machine].exec(["modprobe", "-q", "-a", ...modules], { accept: [1] }),
    ),
  );
  const qemuVersion = await agreedQemuVersion(hosts);
  const trial = { image: imageOnCloudlets(image, dir), qemuVersion, dir, cacheDir: dir, trialMs: TRIAL_MS };
  const verdicts = await Promise.all(
    (["vm1", "vm2"] as const).map(async (place) => {
      const verdict = await chooseAccelerator(namespaces[place], trial);
      if (verdict.accelerator === "kvm") return verdict;
      throw new Failure(`VM3 can't run on ${hosts[place].name}: ${verdict.reason}`, {
        kind: "environment",
        mend: "a cloudlet needs KVM: nested=1 for kvm_intel or kvm_amd on the machine below it, or a box of `cloudlet box build`",
      });
    }),
  );
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error("two were asked for");
  return verdict;
}

export async function toolchainOf(
  hosts: RemoteHosts,
  image: GuestImage,
  accelerator: AcceleratorVerdict,
  dir: string,
): Promise<Toolchain> {
  return {
    image: imageOnCloudlets(image, dir),
    qemuVersion: await agreedQemuVersion(hosts),
    accelerator,
    stateDir: null,
    diskSocket: diskSocket(dir),
  };
}

/** @throws Failure (environment) where the cloudlets' QEMUs differ: VM3 migrates between equal ones only. */
async function agreedQemuVersion(hosts: RemoteHosts): Promise<string> {
  const [here, there] = await Promise.all([hosts.vm1, hosts.vm2].map(({ exec }) => readQemuVersion(exec)));
  if (here !== undefined && here === there) return here;
  throw new Failure(`VM1 has QEMU ${here ?? "unknown"}, VM2 has QEMU ${there ?? "unknown"}`, {
    kind: "environment",
    mend: "install the same QEMU on both",
  });
}
