import { Failure } from "../../failure.js";
import { buildGuestImage, openGuestImage } from "../../guest/image.js";
import type { Exec } from "../../host/process.js";
import type { SetUpOptions } from "../contract.js";
import { CACHE_DIR } from "./machine.js";
import { missingTools, runTools, setupTools } from "./requirements.js";

/**
 * Installs the distribution's packages that are missing and builds the guest image. Does nothing that has
 * been done before.
 *
 * @throws Failure (environment) without root, or where the distribution has no apt.
 */
export async function setUpNetns(exec: Exec, { rebuild, signal, note }: SetUpOptions): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Failure("setting the netns testbed up installs packages, which needs root", {
      kind: "environment",
      mend: "sudo npx cloudlet setup",
    });
  }
  await installPackages(exec, signal, note);
  const built = rebuild ? undefined : await openGuestImage(CACHE_DIR).catch(() => undefined);
  const image = built ?? (await buildGuestImage(exec, CACHE_DIR, note, signal));
  note(`guest image: kernel ${image.kernelVersion}, ${image.digest.slice(0, 12)}, in ${CACHE_DIR}`);
}

async function installPackages(exec: Exec, signal: AbortSignal, note: SetUpOptions["note"]): Promise<void> {
  const wanted = { ...runTools, ...setupTools };
  const missing = await missingTools(exec, wanted);
  if ((await missingTools(exec, { "apt-get": "apt" })).length > 0) {
    throw new Failure("this distribution has no apt-get, and the guest image is built from Debian packages", {
      kind: "environment",
      mend:
        missing.length === 0
          ? "use Debian or Ubuntu"
          : `use Debian or Ubuntu; missing here besides: ${missing.join(", ")}`,
    });
  }
  const packages = [...new Set(missing.map((tool) => wanted[tool] ?? tool))];
  note("updating the package lists");
  await exec(["apt-get", "update"], { signal });
  if (packages.length === 0) {
    note("all tools are installed");
    return;
  }
  note(`installing ${packages.join(" ")}`);
  await exec(["apt-get", "install", "-y", "--no-install-recommends", ...packages], {
    signal,
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}
