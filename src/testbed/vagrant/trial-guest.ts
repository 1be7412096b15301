import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseAccelerator, type AcceleratorVerdict } from "../../guest/accelerator.js";
import { Guest } from "../../guest/guest.js";
import { openGuestImage } from "../../guest/image.js";
import { readQemuVersion } from "../../guest/qemu.js";
import { CACHE_DIR } from "../../host/cache.js";
import { localHost } from "../../host/local-host.js";
import { Namespace } from "../../host/namespace.js";

const BOOT_PATIENCE_MS = 60_000;

export interface TrialBoot extends AcceleratorVerdict {
  /** From QEMU's start to the guest agent's first answer. */
  readonly bootMs: number;
}

/**
 * Really boots a guest on this machine, under KVM where that works and else under TCG: what no file under /dev or /sys
 * can promise.
 *
 * @throws Failure when none boots.
 */
export async function bootTrialGuest(signal?: AbortSignal): Promise<TrialBoot> {
  const namespace = new Namespace(`cloudlet-trial-${process.pid}`, localHost);
  const dir = await mkdtemp(join(tmpdir(), "cloudlet-trial-"));
  try {
    await namespace.create();
    await mkdir(CACHE_DIR, { recursive: true });
    const [image, qemuVersion] = [await openGuestImage(CACHE_DIR), await readQemuVersion(localHost.exec)];
    const verdict = await chooseAccelerator(namespace, { image, qemuVersion, dir, cacheDir: CACHE_DIR });
    const { accelerator } = verdict;
    const startMs = performance.now();
    const guest = await Guest.start(namespace, {
      ...{ name: "trial", image, accelerator, qemuVersion, memoryMiB: 256, vcpus: 1, nics: [] },
      dir: join(dir, "guest"),
      incoming: false,
    });
    try {
      await guest.boot(BOOT_PATIENCE_MS, signal);
      return { ...verdict, bootMs: performance.now() - startMs };
    } finally {
      await guest.end();
    }
  } finally {
    await namespace.delete().catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  }
}
