import { mkdir, readlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../failure.js";
import { CACHE_DIR } from "../../host/cache.js";
import type { ProcessIdentity } from "../../host/live-process.js";
import type { Namespace } from "../../host/namespace.js";
import type { CommandLine } from "../../host/process.js";

/** Settings that a libvirt of this machine's own may not share: see qemu.conf and libvirtd.conf. */
const qemuConf = `
# In a namespace of its own there is nobody to guard against, and /dev/kvm may be root's alone.
user = "root"
group = "root"
security_driver = "none"
dynamic_ownership = 0
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
`;
const libvirtdConf = `
auth_unix_rw = "none"
unix_sock_group = "root"
unix_sock_rw_perms = "0700"
`;

const QEMU_USER = "libvirt-qemu";

const START_PATIENCE_MS = 30_000;

/**
 * libvirt in a network namespace and a mount namespace of the run: its bridges, chains and sysctls are in the one, its
 * sockets, configuration and volumes in the other, and this machine's own libvirt, should there be one, never hears
 * of it. All its processes are in the network namespace, where whoever removes the run finds them.
 */
export class PrivateLibvirt {
  private constructor(private readonly anchor: ProcessIdentity) {}

  /**
   * @param dir folder for volumes, logs and settings, in the cache of the harness.
   * @throws Failure (environment) with libvirtd's own words when it does not start.
   */
  static async start(namespace: Namespace, dir: string, signal: AbortSignal): Promise<PrivateLibvirt> {
    const { host } = namespace;
    await writeSettings(dir);
    const libvirt = new PrivateLibvirt(await startAnchor(namespace, join(dir, "log", "anchor.log"), signal));
    const inside = (...words: [string, ...string[]]) => host.exec(libvirt.command(words));
    for (const command of mountCommands(dir)) await inside(...command);
    await inside("ip", "link", "set", "lo", "up");
    // libvirtd looks its usual user up even where it is told another; /etc is the run's own by now.
    if ((await inside("getent", "passwd", QEMU_USER).catch(() => "")) === "") {
      await inside("useradd", "--system", "--user-group", "--no-create-home", QEMU_USER);
    }
    const log = join(dir, "log", "libvirtd.log");
    const daemon = await host.startDaemon(
      libvirt.command(["libvirtd", "--config", "/etc/libvirt/libvirtd.conf"]),
      log,
    );
    const deadline = performance.now() + START_PATIENCE_MS;
    for (;;) {
      signal.throwIfAborted();
      const answered = await inside("virsh", "--connect", "qemu:///system", "uri").then(
        () => true,
        () => false,
      );
      if (answered) return libvirt;
      const ended = daemon === undefined || !(await host.isAlive(daemon));
      if (ended || performance.now() > deadline) {
        const said = await host.files.read(log).catch(() => "");
        throw new Failure(`libvirtd did not start: ${said.trim().split("\n").at(-1) ?? "it said nothing"}`, {
          kind: "environment",
          place: log,
          mend: "cloudlet doctor --testbed vagrant",
        });
      }
      await sleep(100);
    }
  }

  /** The command line here that runs a command beside the daemons. */
  command(command: readonly [string, ...string[]]): CommandLine {
    return ["nsenter", `--target=${this.anchor.pid}`, "--mount", "--net", "--", ...command];
  }
}

/**
 * A program whose namespaces others enter and that outlives the harness. Resolves once they are its own: whoever
 * entered before would be in those of this machine, and mount there.
 */
async function startAnchor(namespace: Namespace, log: string, signal: AbortSignal): Promise<ProcessIdentity> {
  const { host } = namespace;
  const anchor = await host.startDaemon(
    namespace.command(["unshare", "--mount", "--propagation=private", "sleep", "infinity"]),
    log,
  );
  if (anchor === undefined) throw new Error("sleep ended at once");
  const proc = `/proc/${anchor.pid}`;
  const deadline = performance.now() + START_PATIENCE_MS;
  // By its name, as it is the last of three programs to run under this pid.
  while ((await host.files.read(`${proc}/comm`)).trim() !== "sleep") {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error("the anchor did not start");
    await sleep(10);
  }
  for (const kind of ["mnt", "net"]) {
    if ((await readlink(`${proc}/ns/${kind}`)) === (await readlink(`/proc/self/ns/${kind}`))) {
      throw new Error(`the anchor is in this machine's own ${kind} namespace`);
    }
  }
  return anchor;
}

/** Where libvirt keeps things, and the folder of the run that it finds there. */
const folders = {
  "/etc/libvirt": "etc",
  "/var/lib/libvirt": "lib",
  "/var/log/libvirt": "log",
  "/var/cache/libvirt": "cache",
} as const;

/** Where the caches of the harness stay in sight while the folders above are laid over this machine's own. */
const KEPT = "/run/cache";

/**
 * What the mount namespace needs. Folders that this machine lacks can't be made on it, so what they would be in is
 * overlaid first: whatever is written there from then on is the run's.
 */
function mountCommands(dir: string): [string, ...string[]][] {
  const parents = [...new Set(Object.keys(folders).map((path) => dirname(path)))];
  return [
    // Without this machine's /run there is no D-Bus, hence no systemd to register machines with.
    ["mount", "-t", "tmpfs", "-o", "mode=0755", "cloudlet", "/run"],
    ["mkdir", KEPT],
    ["mount", "--bind", CACHE_DIR, KEPT],
    ...parents.flatMap((path): [string, ...string[]][] => {
      const layer = join(dir, "overlay", path).replace(CACHE_DIR, KEPT);
      const [upper, work] = [join(layer, "upper"), join(layer, "work")];
      return [
        ["mkdir", "-p", upper, work],
        [
          "mount",
          "-t",
          "overlay",
          "-o",
          `lowerdir=${path},upperdir=${upper},workdir=${work}`,
          "cloudlet",
          path,
        ],
      ];
    }),
    ["mount", "--bind", KEPT, CACHE_DIR],
    ...Object.entries(folders).flatMap(([path, folder]): [string, ...string[]][] => [
      ["mkdir", "-p", path],
      ["mount", "--bind", join(dir, folder), path],
    ]),
  ];
}

async function writeSettings(dir: string): Promise<void> {
  for (const folder of Object.values(folders)) {
    await mkdir(join(dir, folder), { recursive: true, mode: 0o700 });
  }
  await mkdir(join(dir, "lib", "images"));
  await writeFile(join(dir, "etc", "qemu.conf"), qemuConf);
  await writeFile(join(dir, "etc", "libvirtd.conf"), libvirtdConf);
}
