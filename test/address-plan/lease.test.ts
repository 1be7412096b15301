import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacityOf, lease, leasesOf, release } from "../../src/address-plan/lease.js";
import { nextOddAddress } from "../../src/address-plan/next-odd-address.js";
import type { PlannedCloudlet } from "../../src/address-plan/plan.js";
import {
  addressFrom,
  addressText,
  broadcastOf,
  contains,
  prefixFrom,
} from "../../src/address-plan/prefix.js";

const cloudlet = (prefix: string, reserved: string[] = []): PlannedCloudlet => ({
  name: "C1",
  prefix: prefixFrom(prefix),
  gateway: prefixFrom(prefix).network + 1,
  reserved: new Set(reserved.map(addressFrom)),
  pairs: [],
});

describe("a cloudlet's leases", () => {
  it("hold 125 pairs in the thesis's /24 with its one reserved address", () => {
    expect(capacityOf(cloudlet("10.4.0.0/24", ["10.4.0.224"]))).toBe(125);
    expect(capacityOf(cloudlet("10.4.0.0/24"))).toBe(126);
    expect(capacityOf(cloudlet("10.4.0.0/29"))).toBe(2);
  });

  it("give the thesis's first pair first", () => {
    const { pair } = lease(leasesOf(cloudlet("10.4.0.0/24")));
    expect([pair.device, pair.vm].map(addressText)).toEqual(["10.4.0.2", "10.4.0.3"]);
  });

  it("say that a full subnet is full", () => {
    let leases = leasesOf(cloudlet("10.4.0.0/29"));
    leases = lease(lease(leases).leases).leases;
    expect(() => lease(leases)).toThrow("no address is left: all 2 pairs are given out");
  });

  it("never give an address twice, nor one that is nobody's, whatever comes and goes", () => {
    const reservedAddresses = fc.uniqueArray(fc.integer({ min: 2, max: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(reservedAddresses, fc.array(fc.option(fc.nat(14)), { maxLength: 60 }), (hosts, moves) => {
        const lan = cloudlet(
          "10.4.0.0/27",
          hosts.map((host) => `10.4.0.${host}`),
        );
        let leases = leasesOf(lan);
        for (const move of moves) {
          const held = [...leases.byDevice.values()];
          const leaving = move === null ? undefined : held[move];
          if (leaving !== undefined) leases = release(leases, leaving);
          else if (held.length < capacityOf(lan)) leases = lease(leases).leases;
          const given = [...leases.byDevice.values()].flatMap(({ device, vm }) => [device, vm]);
          expect(new Set(given).size).toBe(given.length);
          for (const address of given) {
            expect(contains(lan.prefix, address)).toBe(true);
            expect(lan.reserved.has(address)).toBe(false);
            expect([lan.prefix.network, lan.gateway, broadcastOf(lan.prefix)]).not.toContain(address);
          }
          for (const { device, vm } of leases.byDevice.values()) {
            expect(addressText(vm)).toBe(nextOddAddress(addressText(device), 27));
          }
        }
      }),
    );
  });

  it("give back what was released", () => {
    const taken = lease(leasesOf(cloudlet("10.4.0.0/24")));
    expect(lease(release(taken.leases, taken.pair)).pair).toEqual(taken.pair);
    expect(() => release(leasesOf(taken.leases.cloudlet), taken.pair)).toThrow("nobody holds 10.4.0.2");
  });
});
