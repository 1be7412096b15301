import { chmod, lchown, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure } from "../../../failure.js";
import type { Accelerator } from "../../../guest/qemu.js";
import type { Exec } from "../../../host/process.js";
import {
  boxFiles,
  boxMetadata,
  boxPackages,
  boxVagrantfile,
  DISK_GB,
  maskedUnits,
  PRIVATE_KEY,
  type BoxFile,
} from "./contents.js";

interface BuildOptions {
  /** Where it works, and where the box is afterwards. */
  readonly cacheDir: string;
  /** What runs the machines: decides the settings that the box brings along. */
  readonly accelerator: Accelerator;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

/** The first user of a Debian system. */
const VAGRANT_UID = 1000;

/**
 * Builds the box from the distribution's packages, whose signatures apt verifies: nothing is downloaded that is not
 * one. As root; takes a minute or two and 2 GB of disk while it works.
 *
 * @returns the file of the box.
 * @throws Failure (environment) with the words of the tool that failed.
 */
export async function buildBox(exec: Exec, options: BuildOptions): Promise<string> {
  const { cacheDir, accelerator, signal, note } = options;
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, "box-"));
  try {
    // mmdebstrap enters it as another user while it unpacks.
    await chmod(work, 0o755);
    const root = join(work, "root");
    note(`installing Debian into a folder: ${boxPackages.length} packages and what they need`);
    const box = join(work, "box");
    // A private key goes in there.
    await mkdir(box, { mode: 0o700 });
    const key = join(box, PRIVATE_KEY);
    await exec(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "cloudlet box", "-f", key]);
    await installSystem(exec, root, await readFile(`${key}.pub`, "utf8"), signal);
    await rm(`${key}.pub`);
    const [kernel, initramfs] = [
      await only(join(root, "boot"), "vmlinuz-"),
      await only(join(root, "boot"), "initrd.img-"),
    ];
    await rename(kernel, join(box, "vmlinuz"));
    await rename(initramfs, join(box, "initrd.img"));
    note("writing the disk");
    await writeDisk(exec, root, work, join(box, "box.img"), signal);
    await writeFile(join(box, "metadata.json"), `${JSON.stringify(boxMetadata)}\n`);
    await writeFile(join(box, "Vagrantfile"), boxVagrantfile(accelerator));
    const file = join(cacheDir, "cloudlet-debian.box");
    await exec(
      ["tar", "--create", "--file", `${file}.part`, "--directory", box, ...(await readdir(box)).sort()],
      {
        signal,
      },
    );
    await rename(`${file}.part`, file);
    return file;
  } finally {
    await rm(join(cacheDir, "cloudlet-debian.box.part"), { force: true });
    await rm(work, { recursive: true, force: true });
  }
}

async function installSystem(
  exec: Exec,
  root: string,
  publicKey: string,
  signal: AbortSignal,
): Promise<void> {
  const { VERSION_CODENAME: suite = "stable" } = parseOsRelease(await exec(["cat", "/etc/os-release"]));
  // These must be there before the packages are configured: what builds the initramfs reads its settings.
  const early = boxFiles.filter(({ path }) => path.startsWith("etc/initramfs-tools/"));
  const stage = `${root}-early`;
  await writeFiles(stage, early);
  await exec(
    [
      "mmdebstrap",
      ...["--mode=root", "--variant=minbase", "--quiet"],
      `--include=${boxPackages.join(",")}`,
      `--essential-hook=copy-in ${join(stage, "etc", "initramfs-tools")} /etc`,
      ...["--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*"],
      ...["--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=force-confold"],
      suite,
      root,
    ],
    { signal },
  );
  await rm(stage, { recursive: true });
  const inside = (...words: string[]) => exec(["chroot", root, ...words], { signal });
  await inside("useradd", "--create-home", "--uid", String(VAGRANT_UID), "--shell", "/bin/bash", "vagrant");
  await rm(join(root, "etc", "ssh", "ssh_host_ed25519_key"), { force: true });
  // Vagrant logs in as its own user, the testbed as root: sudo for every command would cost it half a second each.
  const authorized = ["home/vagrant", "root"].map((home) => ({
    path: `${home}/.ssh/authorized_keys`,
    mode: 0o600,
    text: publicKey,
  }));
  await writeFiles(root, [...boxFiles, ...authorized]);
  for (const path of ["home/vagrant/.ssh", "home/vagrant/.ssh/authorized_keys"]) {
    await lchown(join(root, path), VAGRANT_UID, VAGRANT_UID);
  }
  await inside("systemctl", "mask", ...maskedUnits);
  await inside("systemctl", "enable", "systemd-networkd.service", "ssh.service");
}

async function writeFiles(root: string, files: readonly BoxFile[]): Promise<void> {
  for (const { path, mode, text } of files) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true });
    await writeFile(file, text);
    await chmod(file, mode);
  }
}

async function writeDisk(exec: Exec, root: string, work: string, image: string, signal: AbortSignal) {
  const raw = join(work, "disk.raw");
  await exec(["mke2fs", "-q", "-t", "ext4", "-L", "cloudlet", "-d", root, raw, `${DISK_GB}G`], { signal });
  await exec(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image], { signal });
  await rm(raw);
}

/** The only file of a folder whose name begins so. */
async function only(folder: string, beginning: string): Promise<string> {
  const [name, another] = (await readdir(folder)).filter((file) => file.startsWith(beginning));
  if (name !== undefined && another === undefined) return join(folder, name);
  throw new Failure(
    `${name === undefined ? "no" : "more than one"} ${beginning}* in the system that was installed`,
    {
      kind: "environment",
      place: folder,
    },
  );
}

/** Reads os-release(5). */
export function parseOsRelease(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)="?(.*?)"?$/gm)].flatMap(([, key, value]) =>
      key === undefined || value === undefined ? [] : [[key, value]],
    ),
  );
}
