import { describe, expect, it } from "vitest";
import { guestInit } from "../../src/guest/init-script.js";
import { exec } from "../../src/host/process.js";

const script = guestInit(["virtio_ring", "virtio", "virtio_pci"]);
const lines = script.split("\n");
const lineOf = (part: string): number => {
  const index = lines.findIndex((line) => line.includes(part));
  if (index < 0) throw new Error(`no line with: ${part}`);
  return index;
};

describe("the guest's /init", () => {
  it("is a script that a shell accepts", async () => {
    expect(lines[0]).toBe("#!/bin/sh");
    await exec(["sh", "-n"], { input: script });
  });

  it("loads modules in the order given: virtio_ring before virtio", () => {
    expect(script).toContain("for module in virtio_ring virtio virtio_pci; do");
  });

  it("has /dev, /proc and /sys and the modules before it looks for the agent's port", () => {
    for (const earlier of ["devtmpfs", "/proc", "/sys", "modprobe"]) {
      expect(lineOf(earlier)).toBeLessThan(lineOf("virtio-ports"));
    }
    expect(lineOf("virtio-ports")).toBeLessThan(lineOf("qemu-ga --method"));
  });

  it("calls no busybox applet in place of iproute2's own ip", () => {
    expect(script).not.toMatch(/busybox (ip|tc|ss)\b/);
    expect(script).toMatch(/^ip link set lo up$/m);
  });

  it("never lets process 1 end, which would be a kernel panic: the agent is started again", async () => {
    const end = script.slice(script.indexOf("while :"));
    // The loop itself, with an agent that ends at once, three times round.
    const rounds = await exec(["sh"], {
      input: [
        "agent=/dev/vport1p1; n=0",
        'qemu_ga() { echo "$@"; return 3; }',
        "busybox() { n=$((n + 1)); [ $n -lt 3 ] || exit 0; }",
        end.replace("qemu-ga --", "qemu_ga --").replace(" > /dev/console", ""),
      ].join("\n"),
    });
    expect(rounds.split("\n")).toEqual(
      Array.from({ length: 3 }, () => [
        "--method=virtio-serial --path=/dev/vport1p1 --statedir=/run --pidfile=/run/qemu-ga.pid",
        "qemu-ga ended with 3",
      ]).flat(),
    );
  });
});
