import { join } from "node:path";
import { chooseAccelerator } from "../../guest/accelerator.js";
import { Guest } from "../../guest/guest.js";
import { CACHE_DIR } from "../../host/cache.js";
import { Ledger, RUNS_DIR } from "../../host/ledger.js";
import { localHost } from "../../host/local-host.js";
import { Namespace } from "../../host/namespace.js";
import { exec } from "../../host/process.js";
import { Lab, type Toolchain } from "../../lab/lab.js";
import { Shaper } from "../../lab/network/shaper.js";
import { configureMachines, type Namespaces } from "../../lab/network/topology.js";
import type { LabProvider } from "../../lab/provider.js";
import { removeRun } from "../../lab/removal.js";
import type { LabFile } from "../../lab/standing/lab-file.js";
import type { OpenOptions } from "../contract.js";
import { chooseShaper, inspectMachine } from "./machine.js";

const machines = ["host", "vm1", "vm2", "vm4"] as const;

/** Labs whose machines are network namespaces of this one. */
export const netnsProvider: LabProvider = {
  testbed: "netns",
  runsDir: join(RUNS_DIR, "netns"),

  async create(options: OpenOptions): Promise<Lab> {
    const machine = await inspectMachine(exec);
    const ledger = new Ledger(options.runId, netnsProvider.runsDir);
    await ledger.open();
    try {
      const namespaces = namespacesOf(options.runId);
      for (const name of machines) {
        options.signal.throwIfAborted();
        const namespace = namespaces[name];
        await ledger.own({ kind: "namespace", name: namespace.name });
        await namespace.create();
      }
      options.note("trying what this machine can do");
      const trial = { ...machine, dir: ledger.dir, cacheDir: CACHE_DIR };
      const accelerator = await chooseAccelerator(namespaces.host, trial);
      const shaper = await makeShaper(namespaces, { ...machine, accelerator, stateDir }, ledger.dir, options);
      await configureMachines(namespaces);
      return labOf(ledger, namespaces, shaper, { ...machine, accelerator, stateDir });
    } catch (error) {
      await removeRun(ledger, exec);
      throw error;
    }
  },

  async attach({ id, accelerator, shapingGuest }: LabFile): Promise<Lab> {
    const toolchain = { ...(await inspectMachine(exec)), accelerator, stateDir };
    const namespaces = namespacesOf(id);
    const labWith = (shaper: Shaper) =>
      labOf(new Ledger(id, netnsProvider.runsDir), namespaces, shaper, toolchain);
    if (shapingGuest === null) return labWith(Shaper.hostPorts(namespaces));
    const guest = await Guest.attach(localHost, shapingGuest);
    try {
      return labWith(await Shaper.guestPorts(namespaces, guest));
    } catch (error) {
      await guest.release();
      throw error;
    }
  },

  machines: (id) => Promise.resolve(namespacesOf(id)),

  remove: (ledger) => removeRun(ledger, exec),
};

const stateDir = join(CACHE_DIR, "states");

async function makeShaper(
  namespaces: Namespaces,
  { image, qemuVersion, accelerator: { accelerator } }: Toolchain,
  dir: string,
  { signal }: OpenOptions,
): Promise<Shaper> {
  const kind = await chooseShaper((command) => namespaces.host.exec(command));
  if (kind === "host") return Shaper.onHost(namespaces);
  return Shaper.inGuest(namespaces, { image, qemuVersion, accelerator, dir: join(dir, "wan") }, signal);
}

function labOf(ledger: Ledger, namespaces: Namespaces, shaper: Shaper, toolchain: Toolchain): Lab {
  return new Lab({
    ledger,
    namespaces,
    shaper,
    toolchain,
    remove: () => removeRun(ledger, exec),
  });
}

function namespacesOf(runId: string): Namespaces {
  const of = (machine: string) => new Namespace(`cloudlet-${runId}-${machine}`, localHost);
  return { host: of("host"), vm1: of("vm1"), vm2: of("vm2"), vm4: of("vm4") };
}
