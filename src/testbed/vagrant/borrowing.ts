import { dirname } from "node:path";
import type { Ledger } from "../../host/ledger.js";
import { namespaceNames, Namespace } from "../../host/namespace.js";
import type { SshHost } from "../../host/ssh/ssh-host.js";
import type { Namespaces } from "../../lab/network/topology.js";
import { Failure } from "../../failure.js";
import {
  giveInterfaceBack,
  idleInterfaces,
  inspectInterface,
  takeInterface,
  type LentInterface,
} from "./lent-interface.js";
import type { Machines } from "./machines-schema.js";
import {
  remoteMachines,
  writeMachinesInUse,
  type MachinesInUse,
  type RemoteHosts,
  type RemoteMachine,
} from "./machines-in-use.js";

/** eth0 and eth1 of a machine in Fig. 4.1, by the names that the machine itself has for them. */
type InterfaceNames = readonly [eth0: string, eth1: string];

/**
 * Makes the run's namespace on each machine and takes the machine's interfaces into it, so that addresses, routes,
 * sysctls, bridges and programs of the run are in there and go with it, while the machine itself, its SSH included,
 * stays as it was.
 */
export async function borrowMachines(
  ledger: Ledger,
  machines: Machines,
  targets: MachinesInUse["targets"],
  hosts: RemoteHosts,
  namespaces: Namespaces,
): Promise<void> {
  const inspected = await Promise.all(
    remoteMachines.map((machine) => inspect(hosts[machine], namesOn(machines, machine))),
  );
  const [vm1 = [], vm2 = [], vm4 = []] = inspected;
  const lent = { vm1, vm2, vm4 };
  // Before anything is taken: so it can be given back after a crash.
  await writeMachinesInUse(ledger.dir, {
    schema: "cloudlet.machines-in-use/1",
    kind: machines.kind,
    targets,
    lent,
  });
  for (const machine of remoteMachines) await ledger.own({ kind: "machine", name: machine });
  await Promise.all(
    remoteMachines.map(async (machine) => {
      await hosts[machine].files.makeFolder(ledger.dir);
      await namespaces[machine].create();
      for (const each of lent[machine]) await takeInterface(namespaces[machine], each);
    }),
  );
}

/** What a run has made on a machine goes, and what it has borrowed goes back. Safe to repeat. */
export async function giveMachineBack(
  host: SshHost,
  namespaceName: string,
  lent: readonly LentInterface[],
  dir: string,
): Promise<void> {
  await host.connect();
  if ((await namespaceNames(host.exec)).includes(namespaceName)) {
    const namespace = new Namespace(namespaceName, host);
    const pids = (await host.exec(["ip", "netns", "pids", namespaceName]))
      .split("\n")
      .filter(Boolean)
      .map(Number);
    await Promise.all(pids.map((pid) => host.endPid(pid)));
    for (const each of lent) await giveInterfaceBack(namespace, each);
    await namespace.delete();
  }
  await host.files.remove(dir);
  // The folders above it were made with it, unless another run is there, too.
  await host.exec(["rmdir", "--ignore-fail-on-non-empty", "--parents", dirname(dir)], { accept: [1] });
}

/** What `giveMachineBack` would do, for a person to do it by hand once the machine is back. A restart of it does, too. */
export function leftOnHost(
  { name, user, address }: MachinesInUse["targets"][RemoteMachine],
  namespaceName: string,
  lent: readonly LentInterface[],
  dir: string,
): string {
  const interfaces = lent.map(({ name: own, as }) => `${own} (there named ${as})`).join(" and ");
  return [
    `${name} (${user}@${address}), unless it was restarted: namespace ${namespaceName} with the run's programs and ${interfaces}, and ${dir};`,
    `to remove it there: ip netns pids ${namespaceName} | xargs -r kill -9; ip netns delete ${namespaceName}; rm -r ${dir}`,
  ].join(" ");
}

function namesOn(machines: Machines, machine: RemoteMachine): InterfaceNames | undefined {
  if (machines.kind === "vagrant") return undefined;
  if (machine === "vm4") {
    const { cloudlet1, cloudlet2 } = machines.vm4.interfaces;
    return [cloudlet1, cloudlet2];
  }
  const { access, wan } = machines[machine].interfaces;
  return [access, wan];
}

/** @param names undefined on a virtual machine: those beside the management network's, in their order. */
async function inspect(host: SshHost, names: InterfaceNames | undefined): Promise<LentInterface[]> {
  const [eth0, eth1]: readonly (string | undefined)[] = names ?? (await idleInterfaces(host));
  if (eth0 === undefined || eth1 === undefined) {
    throw new Failure(`${host.name} has not the two interfaces that the Vagrantfile gives it`, {
      kind: "environment",
    });
  }
  return [await inspectInterface(host, eth0, "eth0"), await inspectInterface(host, eth1, "eth1")];
}
