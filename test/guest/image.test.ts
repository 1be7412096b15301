import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openGuestImage } from "../../src/guest/image.js";
import { failureFrom } from "../experiment/failure-of.js";

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "cloudlet-image-"));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

const manifest = {
  recipe: 3,
  kernel: "vmlinuz",
  initramfs: "initramfs",
  digest: createHash("sha256").update("kernelinitramfs").digest("hex"),
  packages: { "busybox-static": "1:1.35.0-4+b7" },
  kernelVersion: "6.1.0-40-cloud-amd64",
};

async function keep(text: string): Promise<void> {
  await mkdir(join(cacheDir, "image"));
  await writeFile(join(cacheDir, "image", "manifest.json"), text);
  await writeFile(join(cacheDir, "image", "vmlinuz"), "kernel");
  await writeFile(join(cacheDir, "image", "initramfs"), "initramfs");
}

describe("openGuestImage", () => {
  it("finds the image that was built, by absolute paths", async () => {
    await keep(JSON.stringify(manifest));
    expect(await openGuestImage(cacheDir)).toEqual({
      ...manifest,
      kernel: join(cacheDir, "image", "vmlinuz"),
      initramfs: join(cacheDir, "image", "initramfs"),
    });
  });

  it("says how to build one where there is none", async () => {
    const failure = await failureFrom(openGuestImage(cacheDir));
    expect(failure.line).toBe(
      `${join(cacheDir, "image")}: the guest image has not been built → run as root: cloudlet setup`,
    );
    expect(failure.kind).toBe("environment");
  });

  it.each([
    ["truncated", JSON.stringify(manifest).slice(0, 50)],
    ["another release's", JSON.stringify({ ...manifest, recipe: 2 })],
  ])("says how to build a new one where the manifest is %s", async (_, text) => {
    await keep(text);
    const failure = await failureFrom(openGuestImage(cacheDir));
    expect(failure.message).toBe("the guest image is damaged, or was built by another release");
    expect(failure.mend).toBe("run as root: cloudlet setup");
  });

  it.each([
    ["cut short", (file: string) => writeFile(file, "initram")],
    ["gone", (file: string) => rm(file)],
  ])("says how to build a new one where a file of it is %s", async (_, damage) => {
    await keep(JSON.stringify(manifest));
    await damage(join(cacheDir, "image", "initramfs"));
    const failure = await failureFrom(openGuestImage(cacheDir));
    expect(failure.message).toBe("the guest image is damaged: its files don't fit its digest");
    expect(failure.mend).toBe("run as root: cloudlet setup");
  });
});
