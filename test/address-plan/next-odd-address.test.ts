import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextOddAddress } from "../../src/address-plan/next-odd-address.js";
import { lanOf } from "../../src/lab/network/layout.js";

describe("nextOddAddress", () => {
  it.each([
    ["10.1.2.18", "10.1.2.19"],
    ["10.1.1.14", "10.1.1.15"],
    ["10.1.2.19", "10.1.2.21"],
    ["10.1.2.0", "10.1.2.1"],
    ["10.1.2.251", "10.1.2.253"],
    ["10.1.2.252", "10.1.2.253"],
  ])("after %s comes %s", (address, next) => {
    expect(nextOddAddress(address)).toBe(next);
  });

  it.each(["10.1.2.253", "10.1.2.254", "10.1.2.255"])(
    "has none left after %s: 255 is the broadcast address",
    (address) => {
      expect(() => nextOddAddress(address)).toThrow(/no odd address is left after .* in its \/24/);
    },
  );

  it.each([
    "",
    "10.1.2",
    "10.1.2.3.4",
    "10.1..18",
    "10.1.2.256",
    "10.1.2.-2",
    "10.1.2.1.5",
    "10.1.2.1e1",
    "10.1.2.18/24",
    "::1",
    "ten",
  ])("refuses %j", (address) => {
    expect(() => nextOddAddress(address)).toThrow(`${address} is no IPv4 address`);
  });

  it("is always odd, higher, at most two away and in the same LAN", () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(252)), (octets) => {
        const address = octets.join(".");
        const next = nextOddAddress(address);
        const host = Number(next.split(".")[3]);
        expect(lanOf(next)).toBe(lanOf(address));
        expect(host % 2).toBe(1);
        expect([1, 2]).toContain(host - octets[3]);
      }),
    );
  });

  it.each([
    ["10.4.0.6", 28, "10.4.0.7"],
    ["10.4.0.254", 23, "10.4.0.255"],
    ["10.4.0.255", 23, "10.4.1.1"],
  ])("follows the prefix, not the last octet: after %s in a /%i comes %s", (address, length, next) => {
    expect(nextOddAddress(address, length)).toBe(next);
  });

  it("stops before the broadcast address of a longer prefix", () => {
    expect(() => nextOddAddress("10.4.0.14", 28)).toThrow(
      "no odd address is left after 10.4.0.14 in its /28",
    );
  });
});
