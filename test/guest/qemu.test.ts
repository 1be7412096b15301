import { describe, expect, it } from "vitest";
import {
  agentSocket,
  needsPerPageSync,
  parseQemuVersion,
  qemuCommand,
  qmpSocket,
  type QemuOptions,
} from "../../src/guest/qemu.js";
import type { UserIds } from "../../src/host/host.js";
import { fixture } from "../fixtures/fixture.js";

const options: QemuOptions = {
  name: "vm3-1-source",
  image: {
    kernel: "/var/cache/cloudlet/image/vmlinuz",
    initramfs: "/var/cache/cloudlet/image/initramfs",
    digest: "0".repeat(64),
    packages: {},
    kernelVersion: "6.1.0-40-cloud-amd64",
  },
  accelerator: "tcg",
  qemuVersion: "8.2.2",
  memoryMiB: 2048,
  vcpus: 1,
  nics: [
    { tap: "vm3eth0", mac: "02:c1:00:00:03:00" },
    { tap: "vm3eth1", mac: "02:c1:00:00:03:01" },
  ],
  dir: "/run/cloudlet/7/vm3-1-source",
  incoming: false,
};

/** The values that follow an option, each time it is given. */
const valuesOf = (given: Partial<QemuOptions>, option: string, user: UserIds | null = null): string[] => {
  const command = qemuCommand({ ...options, ...given }, user);
  return command.flatMap((word, index) => (word === option ? [command[index + 1] ?? ""] : []));
};

describe("qemuCommand", () => {
  it("is QEMU with nothing but what is asked for", () => {
    const command = qemuCommand(options, null);
    expect(command[0]).toBe("qemu-system-x86_64");
    expect(command).toEqual(expect.arrayContaining(["-nodefaults", "-no-user-config", "-nographic"]));
    expect(valuesOf({}, "-kernel")).toEqual([options.image.kernel]);
    expect(valuesOf({}, "-initrd")).toEqual([options.image.initramfs]);
    expect(valuesOf({}, "-smp")).toEqual(["1"]);
  });

  it("gives source and destination the same machine: name, folder and -incoming are all that differs", () => {
    const source = qemuCommand(options, null);
    const there = { name: "vm3-1-destination", dir: "/run/cloudlet/7/vm3-1-destination" };
    const destination = qemuCommand({ ...options, ...there, incoming: true }, null);
    const asTheSource = destination.map((word) =>
      word.replace(there.dir, options.dir).replace(there.name, options.name),
    );
    expect(asTheSource).toEqual([...source, "-incoming", "defer"]);
    expect(destination).not.toEqual([...source, "-incoming", "defer"]);
  });

  it("opens its two control sockets in its own folder, without waiting for anyone", () => {
    const sockets = valuesOf({}, "-chardev");
    expect(sockets).toEqual([
      `socket,id=qmp,path=${qmpSocket(options.dir)},server=on,wait=off`,
      `socket,id=agent,path=${agentSocket(options.dir)},server=on,wait=off`,
    ]);
    expect(valuesOf({}, "-device")).toContain("virtserialport,chardev=agent,name=org.qemu.guest_agent.0");
  });

  it("joins each NIC to its tap, in order, and runs no scripts for it", () => {
    expect(valuesOf({}, "-netdev")).toEqual([
      "tap,id=net0,ifname=vm3eth0,script=no,downscript=no",
      "tap,id=net1,ifname=vm3eth1,script=no,downscript=no",
    ]);
    expect(valuesOf({}, "-device").filter((device) => device.startsWith("virtio-net-pci"))).toEqual([
      "virtio-net-pci,netdev=net0,mac=02:c1:00:00:03:00,romfile=",
      "virtio-net-pci,netdev=net1,mac=02:c1:00:00:03:01,romfile=",
    ]);
    expect(valuesOf({ nics: [] }, "-netdev")).toEqual([]);
  });

  it.each([
    ["7.2.22", "-runas", "65534:65534"],
    ["9.0.4", "-runas", "65534:65534"],
    ["9.1.0", "-run-with", "user=65534:65534"],
    ["10.0.2", "-run-with", "user=65534:65534"],
  ])("has QEMU %s become another user by %s, which its filter lets it do", (qemuVersion, option, value) => {
    const nobody = { uid: 65_534, gid: 65_534 };
    expect(valuesOf({ qemuVersion }, option, nobody)).toEqual([value]);
    expect(valuesOf({ qemuVersion }, "-sandbox", nobody)[0]).toMatch(/\belevateprivileges=allow\b/);
  });

  it("stays who started it where there is no other user", () => {
    expect(["-runas", "-run-with"].flatMap((option) => valuesOf({}, option))).toEqual([]);
    expect(valuesOf({}, "-sandbox")[0]).toMatch(/\belevateprivileges=deny\b/);
  });

  it("takes the accelerator that it is told, and the processor that goes with it", () => {
    expect([valuesOf({ accelerator: "kvm" }, "-accel"), valuesOf({ accelerator: "kvm" }, "-cpu")]).toEqual([
      ["kvm"],
      ["host"],
    ]);
    expect(valuesOf({}, "-accel")[0]).toMatch(/^tcg,/);
    expect(valuesOf({}, "-cpu")).toEqual(["max"]);
  });
});

describe("memory under TCG before QEMU 8.2.2", () => {
  const cases: [QemuOptions["accelerator"], string, boolean][] = [
    ["tcg", "7.2.22", true],
    ["tcg", "8.2.1", true],
    ["tcg", "8.2", true],
    ["tcg", "8.1.9", true],
    ["tcg", "8.2.2", false],
    ["tcg", "8.3.0", false],
    ["tcg", "10.0.0", false],
    ["kvm", "7.2.22", false],
    ["kvm", "6.0.0", false],
  ];

  it.each(cases)(
    "%s, QEMU %s: syncs its dirty bitmap page by page: %s",
    (accelerator, qemuVersion, expected) => {
      expect(needsPerPageSync({ accelerator, qemuVersion })).toBe(expected);
      const [memory] = valuesOf({ accelerator, qemuVersion }, "-m");
      expect(memory).toBe(expected ? `${2048 * 1024 - 8}k` : `${2048 * 1024}k`);
    },
  );

  it.each([128, 256, 2048, 4096])("%i MiB less 8 KiB is no whole number of 64-page words", (memoryMiB) => {
    const [memory = ""] = valuesOf({ memoryMiB, qemuVersion: "7.2.22" }, "-m");
    const pages = Number.parseInt(memory, 10) / 4;
    expect(Number.isInteger(pages)).toBe(true);
    expect(pages % 64).not.toBe(0);
    expect((memoryMiB * 256) % 64).toBe(0);
  });
});

describe("parseQemuVersion", () => {
  it("reads what QEMU says of itself", () => {
    expect(parseQemuVersion(fixture("qemu-7.2.22-version.txt"))).toBe("7.2.22");
    expect(parseQemuVersion("QEMU emulator version 10.0.2 (qemu-10.0.2-1.fc43)")).toBe("10.0.2");
    expect(parseQemuVersion("QEMU emulator version 9.0")).toBe("9.0");
  });

  it("does not guess", () => {
    expect(parseQemuVersion("")).toBeUndefined();
    expect(parseQemuVersion("qemu: command not found")).toBeUndefined();
  });
});
