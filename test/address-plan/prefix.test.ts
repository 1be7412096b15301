import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressFrom,
  addressText,
  broadcastOf,
  contains,
  overlap,
  prefixFrom,
  prefixOf,
  prefixText,
} from "../../src/address-plan/prefix.js";

const address = fc.nat(0xffff_ffff);
const length = fc.integer({ min: 0, max: 32 });

describe("a prefix", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(address, length, (number, bits) => {
        const prefix = prefixOf(number, bits);
        expect(addressFrom(addressText(number))).toBe(number);
        expect(prefixFrom(prefixText(prefix))).toEqual(prefix);
        expect(contains(prefix, number)).toBe(true);
        expect(contains(prefix, broadcastOf(prefix))).toBe(true);
      }),
    );
  });

  it("overlaps another where they share an address, and only there", () => {
    fc.assert(
      fc.property(address, length, address, length, (a, aBits, b, bBits) => {
        const [one, other] = [prefixOf(a, aBits), prefixOf(b, bBits)];
        const share = Math.max(one.network, other.network) <= Math.min(broadcastOf(one), broadcastOf(other));
        expect(overlap(one, other)).toBe(share);
        expect(overlap(other, one)).toBe(share);
      }),
    );
  });

  it.each(["10.4.0.0", "10.4.0.0/33", "10.4.0/24", "10.4.0.0/2x", "10.4.0.256/24", ""])(
    "refuses %j",
    (text) => {
      expect(() => prefixFrom(text)).toThrow(`${text} is no IPv4 prefix`);
    },
  );

  it("refuses bits behind the length, and says which network was meant", () => {
    expect(() => prefixFrom("10.4.0.7/24")).toThrow("its network is 10.4.0.0/24");
  });
});
