import { describe, expect, it } from "vitest";
import { localHost } from "../../../src/host/local-host.js";
import { Namespace } from "../../../src/host/namespace.js";
import type { CommandLine, ExecOptions } from "../../../src/host/process.js";
import {
  attachFirst,
  attachSecond,
  configureStack,
  detachFirst,
  withdrawFirstAddress,
} from "../../../src/lab/network/device.js";
import { device, vm3 } from "../../../src/lab/network/layout.js";
import {
  configureCloudletTcp,
  configureMachines,
  hostPort,
  linkNames,
  links,
  makeVm3Taps,
  type Namespaces,
} from "../../../src/lab/network/topology.js";
import { shippedPlan } from "../../run/fixtures.js";

const { profile } = (await shippedPlan({ profile: "thesis-2014" })).plan;

/** Namespaces that only note what they are told: iproute2's lines as lines, all else as commands. */
function namespaces() {
  const told: Record<string, string[]> = { host: [], vm1: [], vm2: [], vm4: [] };
  const of = (name: string) =>
    new Namespace(name, {
      ...localHost,
      exec: (command: CommandLine, options?: ExecOptions) => {
        const lines = options?.input?.trimEnd().split("\n") ?? [command.slice(4).join(" ")];
        told[name]?.push(...lines);
        return Promise.resolve("");
      },
      spawn: () => {
        throw new Error("nothing is started here");
      },
    });
  const all: Namespaces = { host: of("host"), vm1: of("vm1"), vm2: of("vm2"), vm4: of("vm4") };
  return { all, told };
}

describe("the topology", () => {
  it("names every interface within the kernel's 15 characters, and none twice", () => {
    const ports = linkNames.flatMap((link) => links[link].ends.map((end) => hostPort(link, end)));
    const names = [...ports, ...linkNames.map((link) => links[link].bridge), vm3.eth0.tap, vm3.eth1.tap];
    expect(names.filter((name) => name.length > 15)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("joins the machines as Fig. 4.1 does", () => {
    const joined = Object.fromEntries(
      linkNames.map((link) => [links[link].bridge, links[link].ends.map((end) => end.join(" "))]),
    );
    expect(joined).toEqual({
      br0: ["vm1 eth1", "vm2 eth1"],
      br1: ["vm4 eth0", "vm1 eth0"],
      br2: ["vm4 eth1", "vm2 eth0"],
      br4: ["vm4 eth2", "vm1 eth2"],
    });
  });

  it("routes from one cloudlet's LAN to the other's over Br0, both ways", async () => {
    const { all, told } = namespaces();
    await configureMachines(all);
    expect(told.vm1).toEqual(
      expect.arrayContaining([
        "address add 10.1.1.1/24 dev br3",
        "address add 134.117.64.1/24 dev eth1",
        "route add 10.1.2.0/24 via 134.117.64.2",
        expect.stringMatching(/ip_forward=1/) as string,
      ]),
    );
    expect(told.vm2).toEqual(
      expect.arrayContaining([
        "address add 10.1.2.1/24 dev br3",
        "address add 134.117.64.2/24 dev eth1",
        "route add 10.1.1.0/24 via 134.117.64.1",
        expect.stringMatching(/ip_forward=1/) as string,
      ]),
    );
  });

  it("puts the migration's congestion control on the route, where a namespace may choose freely", async () => {
    const { all, told } = namespaces();
    await configureCloudletTcp(all.vm1, "vm1", profile.tcp);
    expect(told.vm1).toEqual([
      "sysctl -q -w net.ipv4.tcp_rmem=4096 87040 5523456 net.ipv4.tcp_wmem=4096 16384 4194304",
      "route replace 134.117.64.0/24 dev eth1 proto kernel scope link src 134.117.64.1 congctl cubic",
    ]);
  });

  it("gives VM3 a tap for each interface, with a short queue for what comes before it", async () => {
    const { all, told } = namespaces();
    await makeVm3Taps(all.vm2);
    for (const { tap } of [vm3.eth0, vm3.eth1]) {
      expect(told.vm2).toContain(`tuntap add dev ${tap} mode tap vnet_hdr`);
      expect(told.vm2).toContain(`link set ${tap} txqueuelen 128 up`);
    }
  });
});

describe("the device", () => {
  it("accepts addresses and subflows, and sends SYNs as the profile says", async () => {
    const { all, told } = namespaces();
    await configureStack(all.vm4, profile);
    expect(told.vm4).toContain("mptcp limits set subflows 8 add_addr_accepted 8");
    expect(told.vm4).toContain("sysctl -q -e -w net.ipv4.tcp_syn_linear_timeouts=0");
    expect(told.vm4?.join(" ")).toContain("net.mptcp.enabled=1");
  });

  it("is on one cloudlet at a time, as a Wi-Fi interface is", async () => {
    const { all, told } = namespaces();
    await attachFirst(all.vm4);
    await detachFirst(all.vm4);
    expect(told.vm4).toEqual([
      "link set eth0 up",
      "address add 10.1.1.14/24 dev eth0",
      "route add default via 10.1.1.1",
      "link set eth0 down",
      "address delete 10.1.1.14/24 dev eth0",
    ]);
  });

  it("knows VM3's next neighbour for good before any SYN can ask for it", async () => {
    const { all, told } = namespaces();
    await attachSecond(all.vm4, "10.1.2.19");
    const lineOf = (part: string) => told.vm4?.findIndex((line) => line.includes(part)) ?? -1;
    expect(told.vm4).toContain(`neighbor replace 10.1.2.19 lladdr ${vm3.eth1.mac} dev eth1 nud permanent`);
    expect(lineOf("neighbor")).toBeLessThan(lineOf("mptcp endpoint add"));
    expect(lineOf("mptcp endpoint add 10.1.2.18 dev eth1 subflow")).toBeGreaterThan(0);
  });

  it("withdraws its first address by the id that the connection's own address has", async () => {
    const { all, told } = namespaces();
    await withdrawFirstAddress(all.vm4);
    expect(told.vm4).toEqual([`mptcp endpoint delete id 0 ${device.vm1.address}`]);
  });
});
