import { describe, expect, it } from "vitest";
import { localHost } from "../../../src/host/local-host.js";
import { Namespace } from "../../../src/host/namespace.js";
import type { CommandLine } from "../../../src/host/process.js";
import {
  giveInterfaceBack,
  idleInterfaces,
  inspectInterface,
  takeInterface,
  type LentInterface,
} from "../../../src/testbed/vagrant/lent-interface.js";
import { failureFrom } from "../../experiment/failure-of.js";
import { fixture } from "../../fixtures/fixture.js";

/** A machine that answers by the beginning of the command, and notes what it was told. */
function machine(answers: Record<string, string>) {
  const told: string[] = [];
  const exec = (command: CommandLine) => {
    const line = command.join(" ");
    told.push(line);
    const known = Object.keys(answers).find((start) => line.startsWith(start));
    return Promise.resolve(known === undefined ? "" : (answers[known] ?? ""));
  };
  return { host: { ...localHost, name: "vm1 (root@a)", exec }, told };
}

const addresses = fixture("ip-6.1.0-address-show-vagrant-vm1.json");
const features = "Features for eth1:\ntcp-segmentation-offload: on\ngeneric-segmentation-offload: off\n";

describe("what a machine can lend", () => {
  it("is what carries nothing: on a virtual machine, all but the management network's", async () => {
    expect(await idleInterfaces(machine({ "ip -j address show": addresses }).host)).toEqual(["eth1", "eth2"]);
  });

  it("is noted as it was", async () => {
    const { host } = machine({ "ip -j address show": addresses, "ethtool -k eth1": features });
    expect(await inspectInterface(host, "eth1", "eth0")).toMatchObject({
      name: "eth1",
      as: "eth0",
      mac: expect.stringMatching(/^52:54:00:/) as string,
      offloads: { "tcp-segmentation-offload": true, "generic-segmentation-offload": false },
    });
  });

  it("is nothing that somebody uses", async () => {
    const { host } = machine({ "ip -j address show": addresses });
    const failure = await failureFrom(inspectInterface(host, "eth0", "eth0"));
    expect(failure.line).toMatch(
      /^eth0 of vm1 \(root@a\) has the address 192\.168\.121\.\d+: somebody uses it/,
    );
  });

  it("is nothing that it has not", async () => {
    const { host } = machine({ "ip -j address show": addresses });
    expect((await failureFrom(inspectInterface(host, "enp9s0", "eth0"))).message).toBe(
      "vm1 (root@a) has no interface enp9s0",
    );
  });
});

describe("a lent interface", () => {
  const lent: LentInterface = {
    name: "enp3s0",
    as: "eth0",
    mac: "52:54:00:00:00:01",
    up: true,
    offloads: { "generic-receive-offload": true },
  };

  it("gets the thesis's name in the namespace, and its own one back", async () => {
    const { host, told } = machine({ "ip netns exec ns find": "/sys/class/net/eth0\n" });
    const namespace = new Namespace("ns", host);
    await takeInterface(namespace, lent);
    expect(told.splice(0)).toEqual([
      "ip link set dev enp3s0 down",
      "ip link set dev enp3s0 netns ns name eth0",
    ]);
    await giveInterfaceBack(namespace, lent);
    expect(told).toEqual([
      "ip netns exec ns find /sys/class/net/eth0 -maxdepth 0",
      "ip -netns ns link set dev eth0 down",
      "ip netns exec ns ip link set dev eth0 address 52:54:00:00:00:01",
      "ip netns exec ns ethtool -K eth0 generic-receive-offload on",
      "ip netns exec ns tc qdisc delete dev eth0 root",
      "ip -netns ns link set dev eth0 netns 1 name enp3s0",
      "ip link set dev enp3s0 up",
    ]);
  });

  it("is left alone once it is back", async () => {
    const { host, told } = machine({});
    await giveInterfaceBack(new Namespace("ns", host), lent);
    expect(told).toHaveLength(1);
  });
});
