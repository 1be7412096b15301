import { describe, expect, it } from "vitest";
import { interfaceTables, NEXT_ADDRESS } from "../../../src/run/scenario/interface-tables.js";
import { nextOddAddress } from "../../../src/address-plan/next-odd-address.js";
import { cloudlets, device, flowEnds, lanOf, vm3 } from "../../../src/lab/network/layout.js";

describe("the layout", () => {
  it("has the addresses of Tables 4.5 to 4.8", () => {
    const addresses = interfaceTables["4.5"]
      .concat(interfaceTables["4.8"])
      .map(({ vm, address }) => [vm, address]);
    expect(addresses).toContainEqual(["VM3", `${vm3.initialAddress}/24`]);
    expect(addresses).toContainEqual(["VM4", `${device.vm1.address}/24`]);
    expect(addresses).toContainEqual(["VM4", `${device.vm2.address}/24`]);
    expect(`${nextOddAddress(device.vm2.address)}/24`).toBe(NEXT_ADDRESS);
  });

  it("gives everyone at a cloudlet an address in its LAN, and no MAC twice", () => {
    expect([lanOf(device.vm1.address), lanOf(vm3.initialAddress), lanOf(cloudlets.vm1.gateway)]).toEqual(
      Array(3).fill(cloudlets.vm1.lan),
    );
    expect([lanOf(device.vm2.address), lanOf(cloudlets.vm2.gateway)]).toEqual(
      Array(2).fill(cloudlets.vm2.lan),
    );
    const macs = [
      ...Object.values(cloudlets).flatMap(({ br3Mac, wanMac }) => [br3Mac, wanMac]),
      ...Object.values(device).map(({ mac }) => mac),
      vm3.eth0.mac,
      vm3.eth1.mac,
    ];
    expect(new Set(macs).size).toBe(macs.length);
    // Locally administered, unicast.
    for (const mac of macs) expect(Number.parseInt(mac.slice(0, 2), 16) & 3).toBe(2);
  });
});

describe("flowEnds", () => {
  it("runs each flow to where iperf3 listens, and pings the same way", () => {
    expect(flowEnds).toEqual({
      device: { client: "vm4", server: "10.1.1.15", pinged: "old" },
      cloudlets: { client: "vm2", server: "134.117.64.1", pinged: "vm1" },
    });
  });
});
