import { createHash } from "node:crypto";
import {
  chmod,
  cp,
  lutimes,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { Failure } from "../failure.js";
import type { Exec } from "../host/process.js";
import { guestInit } from "./init-script.js";

/**
 * The image that every guest boots: the distribution's own kernel and a small initramfs with busybox,
 * iproute2, iperf3, ethtool, mptcpize, perl and qemu-guest-agent, all from the distribution's packages
 * (apt verifies their signatures).
 */
export interface GuestImage {
  readonly kernel: string;
  readonly initramfs: string;
  /** Identifies the contents: a saved guest state fits one image only. */
  readonly digest: string;
  /** Package name → version. */
  readonly packages: Readonly<Record<string, string>>;
  readonly kernelVersion: string;
}

/** Goes up whenever what is put into the image changes: one of an earlier release is then built anew. */
const RECIPE = 3;

const manifestSchema = z.strictObject({
  recipe: z.literal(RECIPE),
  kernel: z.string(),
  initramfs: z.string(),
  digest: z.string(),
  packages: z.record(z.string(), z.string()),
  kernelVersion: z.string(),
});

const userlandPackages = [
  "busybox-static",
  "iproute2",
  "iperf3",
  "ethtool",
  "mptcpize",
  "perl-base",
  "qemu-guest-agent",
];
const kernelMetaPackage = "linux-image-cloud-amd64";

const staticPrograms = ["bin/busybox"];
/** Programs taken from the packages with the shared libraries that they need. */
const dynamicPrograms = [
  "bin/ip",
  "bin/ss",
  "sbin/tc",
  "sbin/ethtool",
  "usr/bin/iperf3",
  "usr/bin/nstat",
  "usr/bin/perl",
  "usr/sbin/qemu-ga",
];
/** Loaded by LD_PRELOAD, so that iperf3 before 3.19 opens MPTCP sockets. */
const preload = "usr/lib/x86_64-linux-gnu/mptcpize/libmptcpwrap.so.0.0.1";
export const MPTCP_PRELOAD = "/usr/lib/libmptcpwrap.so";

const kernelModules = [
  "virtio_ring",
  "virtio",
  "virtio_pci",
  "virtio_net",
  "virtio_blk",
  "virtio_console",
  "virtio-rng",
  "failover",
  "net_failover",
  "bridge",
  "sch_netem",
  "sch_tbf",
  "tcp_bbr",
  "inet_diag",
  "tcp_diag",
  "mptcp_diag",
];

/** The image built earlier, its files as its digest says, or a Failure that says to build it. */
export async function openGuestImage(cacheDir: string): Promise<GuestImage> {
  const dir = join(cacheDir, "image");
  const unusable = (message: string, cause?: unknown) =>
    new Failure(message, { kind: "environment", place: dir, mend: "run as root: cloudlet setup", cause });
  let text: string;
  try {
    text = await readFile(join(dir, "manifest.json"), "utf8");
  } catch (cause) {
    throw unusable("the guest image has not been built", cause);
  }
  const manifest = readManifest(text);
  if (manifest === undefined) throw unusable("the guest image is damaged, or was built by another release");
  const [kernel, initramfs] = [join(dir, manifest.kernel), join(dir, manifest.initramfs)];
  const found = await digestOf([kernel, initramfs]).catch(() => undefined);
  if (found !== manifest.digest) throw unusable("the guest image is damaged: its files don't fit its digest");
  return { ...manifest, kernel, initramfs };
}

/** SHA-256 of the files, one after the other. */
async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex");
}

function readManifest(text: string): z.infer<typeof manifestSchema> | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Builds the image in a folder of its own and moves it into place when it is whole. */
export async function buildGuestImage(
  exec: Exec,
  cacheDir: string,
  note: (message: string) => void,
  signal?: AbortSignal,
): Promise<GuestImage> {
  await mkdir(cacheDir, { recursive: true, mode: 0o755 });
  const work = await mkdtemp(join(cacheDir, "build-"));
  try {
    note("downloading the guest's packages");
    const { kernelPackage, packages } = await downloadPackages(exec, work, signal);
    note("unpacking the guest's packages");
    const tree = join(work, "tree");
    await unpack(exec, join(work, "archives"), tree, signal);
    const kernelVersion = kernelPackage.replace(/^linux-image-/, "");
    note("assembling the initramfs");
    const root = join(work, "root");
    await assembleRoot(exec, tree, root, kernelVersion, signal);

    const image = join(work, "image");
    await mkdir(image);
    await packInitramfs(exec, root, join(image, "initramfs"), signal);
    await cp(join(tree, "boot", `vmlinuz-${kernelVersion}`), join(image, "vmlinuz"));
    const files = { kernel: "vmlinuz", initramfs: "initramfs" } as const;
    const manifest = {
      recipe: RECIPE,
      ...files,
      digest: await digestOf([join(image, files.kernel), join(image, files.initramfs)]),
      packages,
      kernelVersion,
    };
    await writeFile(join(image, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
    await rm(join(cacheDir, "image"), { recursive: true, force: true });
    await rename(image, join(cacheDir, "image"));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return openGuestImage(cacheDir);
}

async function downloadPackages(exec: Exec, work: string, signal?: AbortSignal) {
  const archives = join(work, "archives");
  await mkdir(join(archives, "partial"), { recursive: true });
  // An empty status file makes apt fetch the whole closure, not only what this machine lacks.
  const status = join(work, "dpkg-status");
  await writeFile(status, "");
  await exec(
    [
      "apt-get",
      ...["-o", `Dir::State::status=${status}`, "-o", `Dir::Cache::archives=${archives}`],
      ...["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"],
      ...["install", "--download-only", "--no-install-recommends", "-y"],
      ...userlandPackages,
    ],
    { signal },
  );
  const dependencies = await exec(["apt-cache", "depends", "--no-recommends", kernelMetaPackage], { signal });
  const kernelPackage = /Depends: (linux-image-\S+-cloud-amd64)/.exec(dependencies)?.[1];
  if (kernelPackage === undefined) {
    throw new Failure(`apt knows no kernel behind ${kernelMetaPackage}`, {
      kind: "environment",
      mend: "run: apt-get update",
    });
  }
  await exec(["apt-get", "-o", "APT::Sandbox::User=root", "download", kernelPackage], {
    signal,
    cwd: archives,
  });
  const packages: Record<string, string> = {};
  for (const file of (await readdir(archives)).sort()) {
    const [name, version] = file.split("_");
    if (name !== undefined && version !== undefined && file.endsWith(".deb")) {
      packages[name] = decodeURIComponent(version);
    }
  }
  return { kernelPackage, packages };
}

async function unpack(exec: Exec, archives: string, tree: string, signal?: AbortSignal): Promise<void> {
  await mkdir(tree);
  for (const file of (await readdir(archives)).sort()) {
    if (file.endsWith(".deb")) await exec(["dpkg-deb", "-x", join(archives, file), tree], { signal });
  }
}

async function assembleRoot(
  exec: Exec,
  tree: string,
  root: string,
  kernelVersion: string,
  signal?: AbortSignal,
) {
  for (const dir of [
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "proc",
    "sys",
    "dev",
    "run",
    "tmp",
    "etc",
    "var/run",
  ]) {
    await mkdir(join(root, dir), { recursive: true });
  }
  for (const [link, target] of [
    ["bin", "usr/bin"],
    ["sbin", "usr/sbin"],
    ["lib", "usr/lib"],
    ["lib64", "usr/lib"],
  ] as const) {
    await symlink(target, join(root, link));
  }
  const libraryDirs = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"].map((dir) => join(tree, dir));
  const loader = join(tree, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  const libraries = new Set([loader]);
  const place = (program: string) => join(root, program.startsWith("usr/") ? program : join("usr", program));
  for (const program of staticPrograms) await cp(join(tree, program), place(program), { dereference: true });
  for (const program of dynamicPrograms) {
    const source = join(tree, program);
    await cp(source, place(program), { dereference: true });
    for (const library of await neededLibraries(exec, loader, libraryDirs, source, signal))
      libraries.add(library);
  }
  for (const library of libraries) {
    await cp(library, join(root, "usr/lib", basename(library)), { dereference: true });
  }
  await cp(join(tree, preload), join(root, MPTCP_PRELOAD));
  await symlink("busybox", join(root, "usr/bin/sh"));

  await copyModules(exec, tree, root, kernelVersion, signal);
  await writeFile(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
  await writeFile(join(root, "init"), guestInit(kernelModules));
  await chmod(join(root, "init"), 0o755);
}

/** The dynamic loader of the packages itself says which libraries a program needs (ld.so(8), --list). */
async function neededLibraries(
  exec: Exec,
  loader: string,
  libraryDirs: readonly string[],
  program: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const listing = await exec([loader, "--library-path", libraryDirs.join(":"), "--list", program], {
    signal,
  });
  return [...listing.matchAll(/=> (\/\S+)/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));
}

async function copyModules(
  exec: Exec,
  tree: string,
  root: string,
  kernelVersion: string,
  signal?: AbortSignal,
) {
  const modulesDir = join("lib/modules", kernelVersion);
  await exec(["depmod", "-b", tree, kernelVersion], { signal });
  const dependencies = await readFile(join(tree, modulesDir, "modules.dep"), "utf8");
  const byName = new Map<string, string[]>();
  for (const line of dependencies.split("\n")) {
    const [file, rest] = line.split(":");
    if (file === undefined || rest === undefined) continue;
    byName.set(moduleName(file), [file, ...rest.trim().split(" ").filter(Boolean)]);
  }
  const files = new Set(kernelModules.flatMap((name) => byName.get(moduleName(name)) ?? []));
  for (const file of files) {
    const target = join(root, modulesDir, file);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(tree, modulesDir, file), target);
  }
  for (const list of ["modules.order", "modules.builtin", "modules.builtin.modinfo"]) {
    await cp(join(tree, modulesDir, list), join(root, modulesDir, list));
  }
  await exec(["depmod", "-b", root, kernelVersion], { signal });
}

const moduleName = (file: string) =>
  basename(file)
    .replace(/\.ko(\..*)?$/, "")
    .replaceAll("-", "_");

async function packInitramfs(exec: Exec, root: string, target: string, signal?: AbortSignal): Promise<void> {
  const listing = await exec(["find", ".", "-mindepth", "1", "-printf", "%P\\n"], { cwd: root, signal });
  const names = listing.split("\n").filter(Boolean).sort();
  // The same packages give the same bytes, whenever and wherever it is built.
  for (const name of names) await lutimes(join(root, name), 0, 0);
  // Uncompressed: under TCG unpacking costs more time than reading.
  await exec(
    ["cpio", "--quiet", "--create", "--reproducible", "--format=newc", "--owner=+0:+0", "--file", target],
    {
      cwd: root,
      input: names.join("\n") + "\n",
      signal,
    },
  );
}
