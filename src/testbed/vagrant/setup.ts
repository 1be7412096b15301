import { rm } from "node:fs/promises";
import { installPackages } from "../../host/apt.js";
import { Failure } from "../../failure.js";
import { CACHE_DIR } from "../../host/cache.js";
import type { Exec } from "../../host/process.js";
import { missingTools } from "../../lab/tools.js";
import type { SetUpOptions } from "../contract.js";
import { setUpNetns } from "../netns/setup.js";
import { buildBox } from "./box/build.js";
import { addBox, hasBox } from "./box/store.js";
import { OWN_BOX, type Machines } from "./machines-schema.js";
import { hostTools, pluginVersion } from "./requirements.js";
import { bootTrialGuest } from "./trial-guest.js";

/**
 * Installs what is missing, builds VM3's image, and the box where the machines are to have ours. Does nothing that has
 * been done before.
 *
 * @throws Failure (environment) without root, or where the distribution has no apt.
 */
export async function setUpVagrant(exec: Exec, machines: Machines, options: SetUpOptions): Promise<void> {
  const wanted = hostTools(machines);
  const missing = (await missingTools(exec, wanted)).map((tool) => wanted[tool] ?? tool);
  await installPackages(exec, [...new Set(missing)], options);
  if (machines.kind === "vagrant" && (await pluginVersion(exec, options.signal)) === undefined) {
    await installPackages(exec, ["vagrant-libvirt"], options);
  }
  await setUpNetns(exec, options);
  if (machines.kind !== "vagrant" || machines.box !== OWN_BOX) return;
  if (!options.rebuild && (await hasBox(exec, OWN_BOX, options.signal))) {
    options.note(`box: ${OWN_BOX}, in ${CACHE_DIR}`);
    return;
  }
  await makeBox(exec, options);
}

/**
 * Builds the box for what this machine can do, and gives it to Vagrant.
 *
 * @throws Failure (environment) without root.
 */
export async function makeBox(exec: Exec, options: Pick<SetUpOptions, "signal" | "note">): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Failure("building a box needs root", {
      kind: "environment",
      mend: "sudo npx cloudlet box build",
    });
  }
  const { signal, note } = options;
  note("trying what this machine can do");
  const { accelerator, reason } = await bootTrialGuest(signal);
  note(`${accelerator === "kvm" ? "hardware virtualization" : "software emulation"}: ${reason}`);
  const file = await buildBox(exec, { cacheDir: CACHE_DIR, accelerator, signal, note });
  note("giving it to Vagrant");
  await addBox(exec, OWN_BOX, file, signal);
  await rm(file);
  note(`box: ${OWN_BOX}, for ${accelerator === "kvm" ? "KVM" : "TCG"}, in ${CACHE_DIR}`);
}
