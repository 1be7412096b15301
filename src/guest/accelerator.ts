import { access, constants, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Namespace } from "../host/namespace.js";
import type { StartDaemon } from "../host/process.js";
import { Guest } from "./guest.js";
import type { GuestImage } from "./image.js";
import type { Accelerator } from "./qemu.js";

/** A guest that has not answered after this long under KVM will not; TCG needs 3 s. */
const TRIAL_MS = 12_000;

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
  startDaemon: StartDaemon,
  options: { image: GuestImage; qemuVersion: string; dir: string; cacheDir: string },
): Promise<AcceleratorVerdict> {
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return { accelerator: "tcg", reason: "there is no usable /dev/kvm" };
  }
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const file = join(options.cacheDir, "kvm-verdict.json");
  const key = `${bootId} ${options.qemuVersion} ${options.image.digest}`;
  const known = await readVerdict(file, key);
  if (known !== undefined) return known;
  const verdict = await tryKvm(namespace, startDaemon, options);
  await writeFile(file, JSON.stringify({ key, ...verdict }) + "\n");
  return verdict;
}

async function readVerdict(file: string, key: string): Promise<AcceleratorVerdict | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as { key?: unknown } & AcceleratorVerdict;
    return kept.key === key ? { accelerator: kept.accelerator, reason: kept.reason } : undefined;
  } catch {
    return undefined;
  }
}

async function tryKvm(
  namespace: Namespace,
  startDaemon: StartDaemon,
  { image, qemuVersion, dir }: { image: GuestImage; qemuVersion: string; dir: string },
): Promise<AcceleratorVerdict> {
  const trialDir = join(dir, "kvm-trial");
  let guest: Guest | undefined;
  try {
    guest = await Guest.start(namespace, startDaemon, {
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
    await guest.agent(TRIAL_MS);
    return { accelerator: "kvm", reason: "a trial guest booted under KVM" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { accelerator: "tcg", reason: `/dev/kvm is there, but a trial guest did not run: ${why}` };
  } finally {
    await guest?.end();
    await rm(trialDir, { recursive: true, force: true });
  }
}
