import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CloudletMap } from "../../src/city/cloudlet-map.js";
import { Random } from "../../src/testbed/sim/engine/random.js";

const SIDE_M = 1000;
const map = CloudletMap.scattered(40, SIDE_M, new Random(7));
const coordinate = fc.double({ min: 0, max: SIDE_M, noNaN: true });
const speed = fc.double({ min: -2, max: 2, noNaN: true });

/** By looking at all of them. */
function nearest(x: number, y: number): number {
  const distances = map.cloudlets.map((cloudlet) => Math.hypot(cloudlet.x - x, cloudlet.y - y));
  return distances.indexOf(Math.min(...distances));
}

describe("a map of cloudlets", () => {
  it("connects a device to the nearest", () => {
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        expect(map.courseOf({ x, y, vx: 0, vy: 0 })).toEqual({
          cloudlet: nearest(x, y),
          next: null,
          inS: Infinity,
        });
      }),
    );
  });

  it("foresees when and where a device crosses on its course", () => {
    let crossings = 0;
    fc.assert(
      fc.property(coordinate, coordinate, speed, speed, (x, y, vx, vy) => {
        const { cloudlet, next, inS } = map.courseOf({ x, y, vx, vy });
        if (!Number.isFinite(inS) || inS < 0.1) return;
        const at = (seconds: number) => nearest(x + vx * seconds, y + vy * seconds);
        expect(at(inS * 0.5)).toBe(cloudlet);
        expect(at(inS * 0.999)).toBe(cloudlet);
        if (next === null) return;
        crossings++;
        const place = (index: number) => map.cloudlets[index] ?? { x: NaN, y: NaN };
        const distance = (index: number) =>
          Math.hypot(place(index).x - (x + vx * inS), place(index).y - (y + vy * inS));
        expect(distance(next)).toBeCloseTo(distance(cloudlet), 6);
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(crossings).toBeGreaterThan(100);
  });

  it("keeps RTTs between cloudlets below the neighbour's limit", () => {
    expect(map.rttMs(0, 1)).toBe(map.rttMs(1, 0));
    for (const a of map.cloudlets.keys()) expect(map.rttMs(0, a)).toBeLessThan(150);
  });
});
