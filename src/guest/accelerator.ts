import { join } from "node:path";
import type { Host } from "../host/host.js";
import type { Namespace } from "../host/namespace.js";
import { Guest } from "./guest.js";
import type { GuestImage } from "./image.js";
import type { Accelerator } from "./qemu.js";

/** A guest that has not answered after this long under KVM will not; TCG needs 3 s. */
const TRIAL_MS = 12_000;

interface Trial {
  /** As its files are found where it is tried. */
  readonly image: GuestImage;
  readonly qemuVersion: string;
  /** Folder over there for the trial guest. */
  readonly dir: string;
  /** How long the guest may take where the machine is itself emulated. */
  readonly trialMs?: number;
}

export interface AcceleratorVerdict {
  readonly accelerator: Accelerator;
  /** Why, for doctor and the record. */
  readonly reason: string;
}

/**
 * Decides between KVM and TCG by starting a guest: /dev/kvm may exist and still run none (a nested host that
 * refuses an MSR, or a guest that hangs silently). The verdict holds until the machine boots again.
 */
export async function chooseAccelerator(
  namespace: Namespace,
  options: Trial & { readonly cacheDir: string },
): Promise<AcceleratorVerdict> {
  const { files } = namespace.host;
  if (!(await files.exists("/dev/kvm"))) return { accelerator: "tcg", reason: "there is no /dev/kvm" };
  const bootId = (await files.read("/proc/sys/kernel/random/boot_id")).trim();
  const file = join(options.cacheDir, "kvm-verdict.json");
  const key = `${bootId} ${options.qemuVersion} ${options.image.digest}`;
  const known = await readVerdict(namespace.host, file, key);
  if (known !== undefined) return known;
  const verdict = await tryKvm(namespace, options);
  await files.write(file, JSON.stringify({ key, ...verdict }) + "\n");
  return verdict;
}

async function readVerdict(host: Host, file: string, key: string): Promise<AcceleratorVerdict | undefined> {
  try {
    const kept = JSON.parse(await host.files.read(file)) as { key?: unknown } & AcceleratorVerdict;
    return kept.key === key ? { accelerator: kept.accelerator, reason: kept.reason } : undefined;
  } catch {
    return undefined;
  }
}

async function tryKvm(
  namespace: Namespace,
  { image, qemuVersion, dir, trialMs = TRIAL_MS }: Trial,
): Promise<AcceleratorVerdict> {
  const trialDir = join(dir, "kvm-trial");
  let guest: Guest | undefined;
  try {
    guest = await Guest.start(namespace, {
      name: "kvm-trial",
      image,
      accelerator: "kvm",
      qemuVersion,
      memoryMiB: 256,
      vcpus: 1,
      nics: [],
      dir: trialDir,
      incoming: false,
    });
    await guest.agent(trialMs);
    return { accelerator: "kvm", reason: "a trial guest booted under KVM" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { accelerator: "tcg", reason: `/dev/kvm is there, but a trial guest did not run: ${why}` };
  } finally {
    await guest?.end();
    await namespace.host.files.remove(trialDir);
  }
}
