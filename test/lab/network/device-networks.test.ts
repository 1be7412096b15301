import { describe, expect, it } from "vitest";
import type { Host } from "../../../src/host/host.js";
import { Namespace } from "../../../src/host/namespace.js";
import { LabDeviceNetworks } from "../../../src/lab/network/device-networks.js";

/** The device's networks, and what iproute2 and the rest of the cell were told. */
function networks() {
  const told: string[] = [];
  const notes: string[] = [];
  const host = {
    exec: (_command, options) => {
      told.push(...(options?.input ?? "").trim().split("\n"));
      return Promise.resolve("");
    },
  } as Pick<Host, "exec"> as Host;
  const device = new LabDeviceNetworks({
    vm4: new Namespace("vm4", host),
    untilJoined: (address) => Promise.resolve(void told.push(`joined ${address}`)),
    untilForgotten: async (address, withdraw) => {
      await withdraw();
      told.push(`forgotten ${address}`);
    },
    note: (name, _, { network }) => notes.push(`${name} ${String(network)}`),
  });
  return { device, told, notes };
}

describe("the device's networks", () => {
  it("are left with the interface down and no rule behind", async () => {
    const { device, told, notes } = networks();
    await device.enter("cellular");
    await device.leave("cellular");
    expect(told).toEqual([
      "link set eth2 up",
      "address add 10.1.3.22/24 dev eth2 noprefixroute",
      "rule add from 10.1.3.22 lookup 203",
      "route add default via 10.1.3.1 dev eth2 onlink table 203",
      "link set eth2 down",
      "address delete 10.1.3.22/24 dev eth2",
      "rule delete from 10.1.3.22 lookup 203",
    ]);
    expect(notes).toEqual(["network-entered cellular", "network-left cellular"]);
  });

  it("give a subflow the priority asked for, and another one later", async () => {
    const { device, told } = networks();
    await device.join("wifi2", "backup");
    await device.prioritise("wifi2", "regular");
    await device.join("cellular", "regular");
    expect(told).toEqual([
      "mptcp endpoint add 10.1.2.18 dev eth1 id 2 subflow backup",
      "joined 10.1.2.18",
      "mptcp endpoint change id 2 nobackup",
      "mptcp endpoint add 10.1.3.22 dev eth2 id 3 subflow",
      "joined 10.1.3.22",
    ]);
  });

  it("withdraw the first address under the id that MPTCP gave it, and wait for VM3 only where it can hear of it", async () => {
    const { device, told } = networks();
    await device.withdraw("wifi1");
    await device.abandon("wifi2");
    expect(told).toEqual([
      "mptcp endpoint delete id 0 10.1.1.14",
      "forgotten 10.1.1.14",
      "mptcp endpoint delete id 2",
    ]);
  });

  it("are cleared of what was entered, and of nothing else", async () => {
    const { device, told } = networks();
    await device.enter("wifi2");
    told.length = 0;
    await device.clear();
    await device.clear();
    expect(told).toEqual([
      "link set eth1 down",
      "address delete 10.1.2.18/24 dev eth1",
      "rule delete from 10.1.2.18 lookup 202",
    ]);
  });
});
