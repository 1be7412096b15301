import { buildGuestImage, openGuestImage } from "../../guest/image.js";
import { installPackages } from "../../host/apt.js";
import type { Exec } from "../../host/process.js";
import type { SetUpOptions } from "../contract.js";
import { CACHE_DIR } from "../../host/cache.js";
import { decodingTools, missingTools } from "../../lab/tools.js";
import { runTools, setupTools } from "./requirements.js";

/**
 * Installs the distribution's packages that are missing and builds the guest image, from Debian packages, too.
 * Does nothing that has been done before.
 *
 * @throws Failure (environment) without root, or where the distribution has no apt.
 */
export async function setUpNetns(exec: Exec, { rebuild, signal, note }: SetUpOptions): Promise<void> {
  const wanted = { ...runTools, ...decodingTools, ...setupTools };
  const missing = (await missingTools(exec, wanted)).map((tool) => wanted[tool] ?? tool);
  await installPackages(exec, [...new Set(missing)], { signal, note });
  const built = rebuild ? undefined : await openGuestImage(CACHE_DIR).catch(() => undefined);
  const image = built ?? (await buildGuestImage(exec, CACHE_DIR, note, signal));
  note(`guest image: kernel ${image.kernelVersion}, ${image.digest.slice(0, 12)}, in ${CACHE_DIR}`);
}
