import fc from "fast-check";
import { expect, it } from "vitest";
import { project } from "../../src/vpn/projection.js";
import { distanceKm } from "../../src/vpn/proximity.js";

const at = (latitude: number, longitude: number) => ({ name: "c", latitude, longitude });

it("begins at the westernmost and the southernmost", () => {
  const places = project([at(45.1, -75), at(45, -75.1), at(45.05, -74.9)]);
  expect(Math.min(...places.map(({ eastKm }) => eastKm))).toBe(0);
  expect(Math.min(...places.map(({ northKm }) => northKm))).toBe(0);
  expect(places.map(({ eastKm }) => eastKm > 0)).toEqual([true, false, true]);
});

it("keeps a group on both sides of the 180th meridian together", () => {
  const [west, east] = project([at(0, 179.99), at(0, -179.99)]);
  expect(west?.eastKm).toBe(0);
  expect(east?.eastKm).toBeCloseTo(2.22, 2);
});

it("distances on a map 50 km high at 60 degrees are those on the ground within 1 %", () => {
  const place = fc.record({
    latitude: fc.double({ min: 59.775, max: 60.225, noNaN: true }),
    longitude: fc.double({ min: 10, max: 10.3, noNaN: true }),
  });
  fc.assert(
    fc.property(place, place, (a, b) => {
      const [one, other] = [at(a.latitude, a.longitude), at(b.latitude, b.longitude)];
      // The corners fix the middle parallel.
      const [from, to] = project([one, other, at(59.775, 10), at(60.225, 10.3)]);
      if (from === undefined || to === undefined) throw new Error("two places");
      const onMapKm = Math.hypot(from.eastKm - to.eastKm, from.northKm - to.northKm);
      expect(Math.abs(onMapKm - distanceKm(one, other))).toBeLessThanOrEqual(0.01 * onMapKm + 1e-9);
    }),
  );
});
