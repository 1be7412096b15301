import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SshHost } from "../../host/ssh/ssh-host.js";
import { localHost } from "../../host/local-host.js";
import { Namespace } from "../../host/namespace.js";
import type { Namespaces } from "../../lab/network/topology.js";
import { writeFileAtomically } from "../../record/atomic-file.js";
import { lentInterfaceSchema } from "./lent-interface.js";

export const remoteMachines = ["vm1", "vm2", "vm4"] as const;
export type RemoteMachine = (typeof remoteMachines)[number];

const sshTargetSchema = z.strictObject({
  name: z.string(),
  address: z.string(),
  port: z.int(),
  user: z.string(),
  identityFile: z.string().nullable(),
  knownHosts: z.strictObject({ file: z.string() }).nullable(),
  throughNamespace: z.string().nullable(),
});

const perMachine = <T extends z.ZodType>(schema: T) =>
  z.strictObject({ vm1: schema, vm2: schema, vm4: schema });

/**
 * Which machines a run works on and what it has borrowed of them: machines.json beside its ledger. Written before
 * anything is borrowed, so that it can be given back after a crash. Holds no secret: a key's path, never a key.
 */
const machinesInUseSchema = z.strictObject({
  schema: z.literal("cloudlet.machines-in-use/1"),
  kind: z.enum(["vagrant", "hosts"]),
  targets: perMachine(sshTargetSchema),
  lent: perMachine(z.array(lentInterfaceSchema)),
});
export type MachinesInUse = z.infer<typeof machinesInUseSchema>;

const fileIn = (dir: string) => join(dir, "machines.json");

export function writeMachinesInUse(dir: string, machines: MachinesInUse): Promise<void> {
  return writeFileAtomically(fileIn(dir), `${JSON.stringify(machines)}\n`);
}

/** undefined where there is none: then nothing was borrowed. */
export async function readMachinesInUse(dir: string): Promise<MachinesInUse | undefined> {
  try {
    return machinesInUseSchema.parse(JSON.parse(await readFile(fileIn(dir), "utf8")));
  } catch {
    return undefined;
  }
}

/** The machines of a run over SSH. */
export type RemoteHosts = Readonly<Record<RemoteMachine, SshHost>>;

/** @param dir the run's folder, for the control sockets. */
export function hostsFor(targets: MachinesInUse["targets"], dir: string): RemoteHosts {
  const of = (machine: RemoteMachine) => new SshHost(targets[machine], dir);
  return { vm1: of("vm1"), vm2: of("vm2"), vm4: of("vm4") };
}

/** A namespace of the run on each machine; `host` is the Linux host of Fig. 4.1, which is here. */
export function namespacesOn(hosts: RemoteHosts, runId: string): Namespaces {
  const of = (machine: RemoteMachine) => new Namespace(`cloudlet-${runId}-${machine}`, hosts[machine]);
  return {
    host: new Namespace(hostNamespaceName(runId), localHost),
    vm1: of("vm1"),
    vm2: of("vm2"),
    vm4: of("vm4"),
  };
}

export const hostNamespaceName = (runId: string) => `cloudlet-${runId}-host`;
