import { join } from "node:path";
import { Failure } from "../../failure.js";
import type { Namespace } from "../../host/namespace.js";
import { exec, type CommandLine } from "../../host/process.js";
import type { OpenOptions } from "../contract.js";
import { remoteMachines, type MachinesInUse, type RemoteMachine } from "./machines-in-use.js";
import { PrivateLibvirt } from "./private-libvirt.js";
import { VAGRANT_ENVIRONMENT } from "./box/store.js";
import { parseSshConfig } from "./ssh-config.js";
import { makePool, removeAllOf } from "./system-libvirt.js";

/** Where Vagrant works for one run. */
export interface VagrantEnvironment {
  readonly runId: string;
  /** Folder of the Vagrantfile. */
  readonly vagrantFolder: string;
  readonly machinesFile: string;
  /** Folder on a disk for what Vagrant and libvirt keep of this run. */
  readonly dir: string;
}

interface BringUpOptions extends VagrantEnvironment {
  /** Whether the box lets its key's owner in as root, too. */
  readonly asRoot: boolean;
  /** The namespace in which libvirt is to run; undefined: this machine's own libvirt. */
  readonly namespace: Namespace | undefined;
  readonly signal: AbortSignal;
  readonly note: OpenOptions["note"];
}

/** Longest time for three emulated machines to boot on a busy host of two cores. */
const UP_PATIENCE_MS = 1_500_000;

const environmentOf = ({ runId, vagrantFolder, machinesFile, dir }: VagrantEnvironment) => ({
  ...VAGRANT_ENVIRONMENT,
  VAGRANT_DEFAULT_PROVIDER: "libvirt",
  VAGRANT_CWD: vagrantFolder,
  VAGRANT_DOTFILE_PATH: join(dir, "vagrant"),
  CLOUDLET_MACHINES: machinesFile,
  CLOUDLET_PREFIX: prefixOf(runId),
});

/** Begins the name of everything that libvirt makes for a run. */
const prefixOf = (runId: string) => `c${runId}-`;

/**
 * Brings VM1, VM2 and VM4 up by Vagrant and says how to log in.
 *
 * @throws Failure (environment) with Vagrant's own last words.
 */
export async function bringUp(options: BringUpOptions): Promise<MachinesInUse["targets"]> {
  const { namespace, dir, signal, note } = options;
  let inside: (command: readonly [string, ...string[]]) => CommandLine = (command) => command;
  if (namespace !== undefined) {
    note("starting libvirt in a network namespace of its own");
    const libvirt = await PrivateLibvirt.start(namespace, join(dir, "libvirt"), signal);
    inside = (command) => libvirt.command(command);
  }
  const env = {
    ...environmentOf(options),
    ...(namespace === undefined ? { CLOUDLET_POOL: await makePool(exec, prefixOf(options.runId)) } : {}),
  };
  const vagrant = (...words: string[]) =>
    exec(inside(["vagrant", ...words]), { env, signal, timeoutMs: UP_PATIENCE_MS });
  note("bringing up VM1, VM2 and VM4");
  try {
    await vagrant("up", "--provider=libvirt", "--parallel");
  } catch (error) {
    throw explained(error);
  }
  const logins = parseSshConfig(await vagrant("ssh-config"));
  const target = (name: RemoteMachine) => {
    const login = logins.get(name);
    if (login === undefined) {
      throw new Failure(`vagrant ssh-config does not mention ${name}`, { kind: "environment" });
    }
    return {
      name,
      ...login,
      user: options.asRoot ? "root" : login.user,
      // Made a moment ago, on a network that nothing else is on.
      knownHosts: { file: join(dir, "known_hosts") },
      throughNamespace: namespace?.name ?? null,
    };
  };
  const [vm1, vm2, vm4] = remoteMachines.map(target);
  if (vm1 === undefined || vm2 === undefined || vm4 === undefined) throw new Error("three were asked for");
  return { vm1, vm2, vm4 };
}

/** Removes what this machine's own libvirt has of a run: machines, volumes and networks. */
export const destroy = (runId: string): Promise<void> => removeAllOf(exec, prefixOf(runId));

/** What `destroy` would remove. */
export const leftInLibvirt = (runId: string): string =>
  `this machine's libvirt: domains, networks and a storage pool whose names begin with ${prefixOf(runId)}; see virsh list --all, net-list --all, pool-list --all`;

/** What a person can do about the commoner ways in which Vagrant fails. */
function explained(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const mends: readonly (readonly [RegExp, string])[] = [
    [/box .*could not be found|Couldn't open file/is, "build it: cloudlet box build"],
    [/Cannot allocate memory|cannot set up guest memory/i, "choose smaller machines: --machines small"],
    [
      /already exists|already in use|is already active/i,
      "see what else runs here (cloudlet status), or keep apart from it: libvirt: private in the machines file",
    ],
  ];
  const mend = mends.find(([pattern]) => pattern.test(error.message))?.[1];
  return new Failure(`the virtual machines did not come up: ${error.message}`, {
    kind: error.kind,
    place: "vagrant up",
    ...(mend === undefined ? {} : { mend }),
    cause: error,
  });
}
