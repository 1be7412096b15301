import type { Accelerator } from "../../../guest/qemu.js";
import { cloudletTools, deviceTools } from "../../../lab/tools.js";

/** What is in the box beside the distribution's own essentials. */
export const boxPackages: readonly string[] = [
  ...new Set([
    "linux-image-amd64",
    "initramfs-tools",
    "systemd-sysv",
    "udev",
    "openssh-server",
    "sudo",
    "kmod",
    "ca-certificates",
    "debianutils",
    ...Object.values(cloudletTools),
    ...Object.values(deviceTools),
  ]),
].sort();

/** Enough for the packages, logs and an apt-get or two. Sparse: it takes what is in it. */
export const DISK_GB = 4;

export interface BoxFile {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

/** Files of the box, beside the key that lets Vagrant in. */
export const boxFiles: readonly BoxFile[] = [
  { path: "etc/hostname", mode: 0o644, text: "cloudlet\n" },
  { path: "etc/hosts", mode: 0o644, text: "127.0.0.1 localhost cloudlet\n" },
  { path: "etc/fstab", mode: 0o644, text: "/dev/vda / ext4 defaults,noatime 0 1\n" },
  // Each machine makes its own.
  { path: "etc/machine-id", mode: 0o444, text: "" },
  {
    path: "etc/systemd/network/10-management.network",
    mode: 0o644,
    // The machines share what an identifier would otherwise be made of.
    text: "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n[DHCPv4]\nClientIdentifier=mac\n",
  },
  { path: "etc/sudoers.d/vagrant", mode: 0o440, text: "vagrant ALL=(ALL) NOPASSWD: ALL\n" },
  {
    path: "etc/ssh/sshd_config.d/cloudlet.conf",
    mode: 0o644,
    // Key exchange is what a login costs where everything is emulated; one key type is enough.
    text: "HostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nUseDNS no\nMaxSessions 64\n",
  },
  {
    path: "etc/systemd/system/ssh.service.d/host-key.conf",
    mode: 0o644,
    text: "[Service]\nExecStartPre=\nExecStartPre=/bin/sh -c '[ -s /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N \"\" -f /etc/ssh/ssh_host_ed25519_key'\nExecStartPre=/usr/sbin/sshd -t\n",
  },
  // Only what it boots from: a small initramfs unpacks in seconds where all is emulated.
  { path: "etc/initramfs-tools/conf.d/cloudlet", mode: 0o644, text: "MODULES=list\nCOMPRESS=lz4\n" },
  { path: "etc/initramfs-tools/modules", mode: 0o644, text: "virtio_pci\nvirtio_blk\next4\n" },
];

/** Units that a machine of a testbed has no use for. */
export const maskedUnits: readonly string[] = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "systemd-timesyncd.service",
];

/** The key that lets Vagrant and the testbed in, in the box. */
export const PRIVATE_KEY = "login.key";

/** What Vagrant's libvirt provider wants to know of a box. */
export const boxMetadata = { provider: "libvirt", format: "qcow2", virtual_size: DISK_GB } as const;

/**
 * The box's own Vagrantfile, which Vagrant merges beneath the project's: how the machine boots, and all that differs where
 * there is no hardware virtualization. QEMU's TCG emulates AMD's SVM, so KVM works inside and VM3 can be nested.
 */
export function boxVagrantfile(accelerator: Accelerator): string {
  const emulated = `
    libvirt.driver = "qemu"
    libvirt.cpu_mode = "custom"
    libvirt.cpu_model = "qemu64"
    libvirt.cpu_feature name: "svm", policy: "require"
    libvirt.cpu_feature name: "npt", policy: "require"
    libvirt.machine_type = "q35"
    # More would be kept for translated code than such a machine has memory for.
    libvirt.qemuargs value: "-accel"
    libvirt.qemuargs value: "tcg,tb-size=128"`;
  const virtualized = `
    libvirt.driver = "kvm"
    libvirt.cpu_mode = "host-passthrough"`;
  return `Vagrant.configure("2") do |config|
  config.ssh.shell = "sh"
  # Made with this box and nowhere else, so there is nothing to replace on the first login.
  config.ssh.private_key_path = File.join(__dir__, "${PRIVATE_KEY}")
  config.ssh.insert_key = false
  config.vm.provider :libvirt do |libvirt|
    libvirt.kernel = File.join(__dir__, "vmlinuz")
    libvirt.initrd = File.join(__dir__, "initrd.img")
    libvirt.cmd_line = "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet mitigations=off random.trust_cpu=on"${
      accelerator === "tcg" ? emulated : virtualized
    }
  end
end
`;
}
