import { describe, expect, it } from "vitest";
import { parseOsRelease } from "../../../../src/testbed/vagrant/box/build.js";
import {
  boxFiles,
  boxMetadata,
  boxPackages,
  boxVagrantfile,
} from "../../../../src/testbed/vagrant/box/contents.js";
import { parseBoxList } from "../../../../src/testbed/vagrant/box/store.js";

describe("the box", () => {
  it("has every program that a cloudlet or the device calls", () => {
    expect(boxPackages).toEqual(
      expect.arrayContaining(["qemu-system-x86", "iproute2", "iperf3", "fping", "tcpdump"]),
    );
    expect(new Set(boxPackages).size).toBe(boxPackages.length);
  });

  it("lets nobody in by password, and has no key of its own before it boots", () => {
    const sshd = boxFiles.find(({ path }) => path.startsWith("etc/ssh/sshd_config.d/"));
    expect(sshd?.text).toMatch(/^PasswordAuthentication no$/m);
    expect(boxFiles.filter(({ path }) => /host.*_key$/.test(path))).toEqual([]);
  });

  it("says what Vagrant's libvirt provider asks of it", () => {
    expect(boxMetadata).toEqual({ provider: "libvirt", format: "qcow2", virtual_size: 4 });
  });

  it("brings the settings for emulation along, and only where there is no KVM", () => {
    expect(boxVagrantfile("tcg")).toMatch(/driver = "qemu"[^]*name: "svm"[^]*tb-size=128/);
    expect(boxVagrantfile("kvm")).toMatch(/driver = "kvm"/);
    expect(boxVagrantfile("kvm")).not.toMatch(/svm|tcg/);
  });
});

describe("parseBoxList", () => {
  it("names libvirt's boxes", () => {
    const listing =
      "cloudlet/debian      (libvirt, 0)\ndebian/bookworm64    (libvirt, 12.20250126.1)\nother (virtualbox, 1)\n";
    expect(parseBoxList(listing)).toEqual(["cloudlet/debian", "debian/bookworm64"]);
    expect(parseBoxList("There are no installed boxes! Use `vagrant box add` to add some.\n")).toEqual([]);
  });
});

describe("parseOsRelease", () => {
  it("reads quoted and bare values", () => {
    expect(
      parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'),
    ).toEqual({
      PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)",
      VERSION_CODENAME: "bookworm",
      ID: "debian",
    });
  });
});
