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
  recipe: 2,
  kernel: "vmlinuz",
  initramfs: "initramfs",
  digest: "0".repeat(64),
  packages: { "busybox-static": "1:1.35.0-4+b7" },
  kernelVersion: "6.1.0-40-cloud-amd64",
};

async function keep(text: string): Promise<void> {
  await mkdir(join(cacheDir, "image"));
  await writeFile(join(cacheDir, "image", "manifest.json"), text);
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
    ["another release's", JSON.stringify({ ...manifest, recipe: 1 })],
  ])("says how to build a new one where the manifest is %s", async (_, text) => {
    await keep(text);
    const failure = await failureFrom(openGuestImage(cacheDir));
    expect(failure.message).toBe("the guest image is damaged, or was built by another release");
    expect(failure.mend).toBe("run as root: cloudlet setup");
  });
});
