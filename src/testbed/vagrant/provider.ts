import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../failure.js";
import { openGuestImage, type GuestImage } from "../../guest/image.js";
import { CACHE_DIR } from "../../host/cache.js";
import { Ledger, RUNS_DIR } from "../../host/ledger.js";
import { localHost } from "../../host/local-host.js";
import { Namespace } from "../../host/namespace.js";
import { exec } from "../../host/process.js";
import { Lab, type Toolchain } from "../../lab/lab.js";
import { Shaper } from "../../lab/network/shaper.js";
import { configureMachines, type Namespaces } from "../../lab/network/topology.js";
import type { LabProvider } from "../../lab/provider.js";
import { type Elsewhere, removeRun } from "../../lab/removal.js";
import type { LabFile } from "../../lab/standing/lab-file.js";
import type { RemoveOptions } from "../standing-labs.js";
import type { OpenOptions } from "../contract.js";
import { borrowMachines, giveMachineBack, leftOnHost } from "./borrowing.js";
import { demandKvm, demandTools, sendImage, toolchainOf } from "./cloudlet-toolchain.js";
import type { LocatedMachines } from "./machines-file.js";
import {
  hostNamespaceName,
  hostsFor,
  namespacesOn,
  readMachinesInUse,
  remoteMachines,
  writeMachinesInUse,
  type MachinesInUse,
  type RemoteHosts,
} from "./machines-in-use.js";
import { OWN_BOX, type HostMachines, type VagrantMachines } from "./machines-schema.js";
import { diskSocket, shareDisk } from "./shared-disk.js";
import { bringUp, destroy, leftInLibvirt, type VagrantEnvironment } from "./virtual-machines.js";

/** Labs whose machines are reached over SSH: virtual ones that Vagrant makes, or those of a lab. */
export class RemoteLabs implements LabProvider {
  readonly testbed = "vagrant";
  readonly runsDir = join(RUNS_DIR, "vagrant");

  /**
   * @param machinesOf reads the machines file.
   * @param vagrantFolder folder of the Vagrantfile.
   */
  constructor(
    private readonly machinesOf: () => Promise<LocatedMachines>,
    private readonly vagrantFolder: string,
  ) {}

  async create(options: OpenOptions): Promise<Lab> {
    const located = await this.machinesOf();
    const image = await openGuestImage(CACHE_DIR);
    const ledger = new Ledger(options.runId, this.runsDir);
    await ledger.open();
    try {
      return await this.build(ledger, located, image, options);
    } catch (error) {
      await this.remove(ledger);
      throw error;
    }
  }

  async attach({ id, accelerator }: LabFile): Promise<Lab> {
    const ledger = new Ledger(id, this.runsDir);
    const { hosts, namespaces } = await this.inUse(id);
    await Promise.all(remoteMachines.map((machine) => hosts[machine].connect()));
    const image = await openGuestImage(CACHE_DIR);
    return this.labOf(ledger, hosts, namespaces, await toolchainOf(hosts, image, accelerator, ledger.dir));
  }

  async machines(id: string): Promise<Namespaces> {
    return (await this.inUse(id)).namespaces;
  }

  async remove(ledger: Ledger, options?: RemoveOptions): Promise<readonly string[]> {
    const { dir, runId } = ledger;
    const inUse = await readMachinesInUse(dir);
    const hosts = inUse && hostsFor(inUse.targets, dir);
    const elsewhere: Elsewhere = {
      remove: async (name) => {
        if (name === VAGRANT) await destroy(runId);
        const machine = remoteMachines.find((each) => each === name);
        // Virtual machines go as a whole, with the namespace that they run in.
        if (machine === undefined || hosts === undefined || inUse?.kind !== "hosts") return;
        const { name: namespace } = namespacesOn(hosts, runId)[machine];
        await giveMachineBack(hosts[machine], namespace, inUse.lent[machine], dir);
      },
      leftOn: (name) => {
        const machine = remoteMachines.find((each) => each === name);
        if (machine === undefined || inUse === undefined) return leftInLibvirt(runId);
        return leftOnHost(inUse.targets[machine], `cloudlet-${runId}-${machine}`, inUse.lent[machine], dir);
      },
      leave: async () => {
        await Promise.all(Object.values(hosts ?? {}).map((host) => host.disconnect()));
      },
    };
    return removeRun(ledger, exec, elsewhere, options);
  }

  private environmentOf(runId: string): VagrantEnvironment {
    const dir = stateDirOf(runId);
    return { runId, dir, vagrantFolder: this.vagrantFolder, machinesFile: join(dir, "machines.yaml") };
  }

  private async bringUp(
    ledger: Ledger,
    { machines, file }: { readonly machines: VagrantMachines; readonly file: string },
    here: Namespace,
    { runId, signal, note }: OpenOptions,
  ): Promise<MachinesInUse["targets"]> {
    const environment = this.environmentOf(runId);
    // As it is now: `down` may come days later.
    await copyFile(file, environment.machinesFile);
    // Those of a libvirt of the run's own go as a whole, with the namespace that they are in.
    if (machines.libvirt === "system") await ledger.own({ kind: "machine", name: VAGRANT });
    return bringUp({
      ...environment,
      namespace: machines.libvirt === "private" ? here : undefined,
      asRoot: machines.box === OWN_BOX,
      signal,
      note,
    });
  }

  private async build(
    ledger: Ledger,
    { machines, file }: LocatedMachines,
    image: GuestImage,
    options: OpenOptions,
  ): Promise<Lab> {
    const { runId, signal, note } = options;
    const { dir } = ledger;
    const stateDir = stateDirOf(runId);
    await ledger.own({ kind: "folder", path: stateDir });
    await localHost.files.makeFolder(stateDir);
    const here = new Namespace(hostNamespaceName(runId), localHost);
    await ledger.own({ kind: "namespace", name: here.name });
    await here.create();
    const targets =
      machines.kind === "hosts"
        ? targetsOf(machines)
        : await this.bringUp(ledger, { machines, file }, here, options);
    // The connections below outlast this process; by this file whoever clears up after it finds them.
    await writeMachinesInUse(dir, {
      schema: "cloudlet.machines-in-use/1",
      kind: machines.kind,
      targets,
      lent: { vm1: [], vm2: [], vm4: [] },
    });
    const hosts = hostsFor(targets, dir);
    const namespaces = namespacesOn(hosts, runId);
    note("logging in to VM1, VM2 and VM4");
    await Promise.all(remoteMachines.map((machine) => hosts[machine].connect(signal)));
    await demandTools(hosts);
    await borrowMachines(ledger, machines, targets, hosts, namespaces);
    note("taking VM3's image and disk to the cloudlets");
    await sendImage(image, hosts, dir);
    const disk = { file: join(stateDir, "vm3.raw"), sizeGiB: machines.diskGiB, socket: diskSocket(dir) };
    await shareDisk(here, [hosts.vm1, hosts.vm2], disk, signal);
    note("trying whether VM3 runs on both cloudlets");
    const accelerator = await demandKvm(namespaces, hosts, image, dir);
    await configureMachines(namespaces);
    return this.labOf(ledger, hosts, namespaces, await toolchainOf(hosts, image, accelerator, dir));
  }

  private labOf(ledger: Ledger, hosts: RemoteHosts, namespaces: Namespaces, toolchain: Toolchain): Lab {
    return new Lab({
      ledger,
      namespaces,
      // The machines' own kernels have netem, as the thesis's had.
      shaper: Shaper.hostPorts(namespaces),
      toolchain,
      reach: async (signal) => {
        const lost = await Promise.all(remoteMachines.map((machine) => hosts[machine].reconnect(signal)));
        const socket = diskSocket(ledger.dir);
        // The way to VM3's disk was part of the connection.
        if (lost[0] === true) await hosts.vm1.lendSocket(socket, socket);
        if (lost[1] === true) await hosts.vm2.lendSocket(socket, socket);
      },
      remove: () => this.remove(ledger),
    });
  }

  private async inUse(id: string): Promise<{ hosts: RemoteHosts; namespaces: Namespaces }> {
    const { dir } = new Ledger(id, this.runsDir);
    const inUse = await readMachinesInUse(dir);
    if (inUse === undefined) {
      throw new Failure(`there is no lab ${id}`, { kind: "usage", mend: "see: cloudlet status" });
    }
    const hosts = hostsFor(inUse.targets, dir);
    return { hosts, namespaces: namespacesOn(hosts, id) };
  }
}

/** Folder of a run on a disk: what Vagrant and libvirt keep, and VM3's disk. */
const stateDirOf = (runId: string) => join(CACHE_DIR, "vagrant", runId);

/** In the ledger: the virtual machines that Vagrant made with this machine's own libvirt. */
const VAGRANT = "vagrant";

function targetsOf(machines: HostMachines): MachinesInUse["targets"] {
  const of = <M extends "vm1" | "vm2" | "vm4">(name: M) => {
    const { address, port, user, identityFile } = machines[name];
    return { name, address, port, user, identityFile, knownHosts: null, throughNamespace: null };
  };
  return { vm1: of("vm1"), vm2: of("vm2"), vm4: of("vm4") };
}
