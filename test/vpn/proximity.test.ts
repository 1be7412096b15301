import fc from "fast-check";
import { expect, it } from "vitest";
import type { Cloudlet } from "../../src/vpn/cloudlet.js";
import { distanceKm, proximityOf } from "../../src/vpn/proximity.js";

const at = (latitude: number, longitude: number): Cloudlet => ({ name: "c", latitude, longitude });

it("a degree along a meridian is 111.2 km, along the 60th parallel half of it", () => {
  expect(distanceKm(at(0, 0), at(1, 0))).toBeCloseTo(111.19, 1);
  expect(distanceKm(at(60, 0), at(60, 1))).toBeCloseTo(55.6, 1);
});

it.each([
  ["the 180th meridian", at(10, 179.999), at(10, -179.999)],
  ["the north pole", at(89.999, 0), at(89.999, 180)],
  ["the south pole", at(-89.999, -90), at(-90, 17)],
])("finds neighbours across %s", (_, one, other) => {
  expect(proximityOf([one, other], 1).neighbours).toEqual([[1], [0]]);
});

it("finds whom a comparison of all with all finds", () => {
  const latitude = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 45));
  const longitude = fc.oneof(
    fc.double({ min: -180, max: 180, noNaN: true }),
    fc.constantFrom(-180, 180, 0, 179.9),
  );
  const places = fc.array(
    fc.record({ name: fc.constant("c"), latitude, longitude }),
    // More than one leaf of the tree.
    { minLength: 1, maxLength: 90, size: "max" },
  );
  fc.assert(
    fc.property(places, fc.double({ min: 0.001, max: 1000, noNaN: true }), (cloudlets, dmaxKm) => {
      const allWithAll = cloudlets.map((one, own) =>
        cloudlets.flatMap((other, index) =>
          index !== own && distanceKm(one, other) <= dmaxKm ? [index] : [],
        ),
      );
      expect(proximityOf(cloudlets, dmaxKm).neighbours).toEqual(allWithAll);
    }),
    { numRuns: 50 },
  );
});

it("refuses a crowd in which nearly all are neighbours", () => {
  const crowd = Array.from({ length: 500 }, () => at(45, -75));
  expect(() => proximityOf(crowd, 1, 200_000)).toThrow(/^more than 0\.2 million neighbours within 1 km$/);
});
