import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CACHE_DIR } from "../../../src/host/cache.js";
import { localHost } from "../../../src/host/local-host.js";
import { Namespace } from "../../../src/host/namespace.js";
import { exec } from "../../../src/host/process.js";
import { PrivateLibvirt } from "../../../src/testbed/vagrant/private-libvirt.js";
import { machineState } from "../../real/machine-state.js";
import { realTestbeds } from "../../real/require-testbed.js";

const cloudlet = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));
const small = fileURLToPath(new URL("../../../experiments/machines/small.yaml", import.meta.url));
const vagrantOnly = realTestbeds.filter(({ name }) => name === "vagrant");

/**
 * A libvirt in namespaces of the test is "this machine's own" for a harness that is started in them, so nothing here
 * needs a libvirt on the network of the machine that the test runs on.
 */
describe.each(vagrantOnly)("a machine's own libvirt", ({ require }) => {
  beforeEach(require());

  const id = `system${process.pid}`;
  const namespace = new Namespace(`cloudlet-test-${id}`, localHost);
  const dir = join(CACHE_DIR, "vagrant", id);
  let libvirt: PrivateLibvirt;
  beforeEach(async () => {
    await mkdir(dir, { recursive: true });
    await namespace.create();
    libvirt = await PrivateLibvirt.start(namespace, dir, new AbortController().signal);
  }, 60_000);
  afterEach(async () => {
    const pids = (await exec(["ip", "netns", "pids", namespace.name])).split("\n").filter(Boolean);
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
    await namespace.delete();
    await rm(dir, { recursive: true });
  });

  const inside = (...words: [string, ...string[]]) => exec(libvirt.command(words), { timeoutMs: 900_000 });
  const virsh = async (...words: string[]) =>
    (await inside("virsh", "--connect", "qemu:///system", ...words)).split("\n").filter(Boolean).sort();
  /** What its owner sees of it. */
  const libvirtState = async () => ({
    domains: await virsh("list", "--all", "--name"),
    networks: await virsh("net-list", "--all", "--name"),
    pools: await virsh("pool-list", "--all", "--name"),
    images: (await inside("find", "/var/lib/libvirt/images")).split("\n").sort(),
    links: (await inside("ip", "-o", "link", "show")).split("\n").map((line) => line.split(": ")[1]),
  });

  it("carries a lab beside the owner's own networks, and `down` has Vagrant destroy all of the lab and no more", async () => {
    const network = join(dir, "owner.xml");
    await writeFile(
      network,
      "<network><name>owner</name><bridge name='virbr9'/><ip address='192.168.9.1' netmask='255.255.255.0'/></network>",
    );
    await virsh("net-define", network);
    await virsh("net-start", "owner");
    const machines = join(dir, "machines.yaml");
    await copyFile(small, machines);
    await writeFile(machines, "libvirt: system\n", { flag: "a" });
    const before = { libvirt: await libvirtState(), machine: await machineState() };
    const harness = (...words: string[]) => inside(process.execPath, cloudlet, ...words);

    const up = await harness(
      ...["up", "smoke", "--testbed", "vagrant", "--profile", "modern", "--machines", machines],
    );
    const lab = /^Lab (\S+):/m.exec(up)?.[1] ?? "no lab";
    expect(await virsh("list", "--name")).toEqual([`c${lab}-vm1`, `c${lab}-vm2`, `c${lab}-vm4`]);
    // Three hops: this machine, VM1, VM3 nested in it.
    expect(await harness("exec", "vm4", "--", "ping", "-c", "1", "-W", "5", "10.1.1.15")).toMatch(
      /1 received/,
    );
    expect(await harness("down")).toContain(`removed lab ${lab}`);

    expect({ libvirt: await libvirtState(), machine: await machineState() }).toEqual(before);
  }, 900_000);
});
