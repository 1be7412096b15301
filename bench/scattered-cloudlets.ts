import { mulberry32 } from "../src/experiment/seeded-random.js";
import type { Cloudlet } from "../src/vpn/cloudlet.js";

/** A degree of latitude; one of longitude at 45 degrees is shorter by this factor. */
const KM_PER_DEGREE = (Math.PI / 180) * 6371;
const SHRINK = Math.cos(Math.PI / 4);

/** Sides of the area, east to west over north to south. */
const ASPECT = 2.2;

/**
 * Made-up cloudlets, uniformly random in a rectangle at 45 degrees north, named T001 and so on in the order in which they
 * come. The same seed gives the same places: to the fifth decimal, about a metre.
 */
export function scatteredCloudlets(count: number, perKm2: number, seed: number): Cloudlet[] {
  const random = mulberry32(seed);
  const northKm = Math.sqrt(count / perKm2 / ASPECT);
  const degrees = (km: number) => (random.integer(1_000_000) / 1_000_000) * (km / KM_PER_DEGREE);
  const rounded = (value: number) => Number(value.toFixed(5));
  return Array.from({ length: count }, (_, index) => ({
    name: `T${String(index + 1).padStart(3, "0")}`,
    latitude: rounded(45 + degrees(northKm)),
    longitude: rounded(-75.7 + degrees(northKm * ASPECT) / SHRINK),
  }));
}
