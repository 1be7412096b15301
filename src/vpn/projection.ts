import type { Cloudlet } from "./cloudlet.js";

const KM_PER_DEGREE = (Math.PI / 180) * 6371;

/** Km east of the westernmost cloudlet and north of the southernmost. */
export interface PlaceOnMap {
  readonly eastKm: number;
  readonly northKm: number;
}

/**
 * Equirectangular, true along the middle parallel: right within 1 % on a map 50 km high at 60 degrees. The map begins where
 * most of the globe's longitudes are empty, so that a group on both sides of the 180th meridian stays together.
 */
export function project(cloudlets: readonly Cloudlet[]): PlaceOnMap[] {
  const west = westernmost(cloudlets.map(({ longitude }) => longitude));
  const latitudes = cloudlets.map(({ latitude }) => latitude).sort((a, b) => a - b);
  const [south = 0, north = 0] = [latitudes[0], latitudes.at(-1)];
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  return cloudlets.map(({ latitude, longitude }) => ({
    eastKm: eastOf(west, longitude) * KM_PER_DEGREE * shrink,
    northKm: (latitude - south) * KM_PER_DEGREE,
  }));
}

/** The longitude behind the widest gap. */
function westernmost(longitudes: readonly number[]): number {
  const sorted = longitudes.toSorted((a, b) => a - b);
  let [west = 0] = sorted;
  let widest = eastOf(sorted.at(-1) ?? west, west);
  for (const [index, longitude] of sorted.entries()) {
    const gap = longitude - (sorted[index - 1] ?? longitude);
    if (gap > widest) [widest, west] = [gap, longitude];
  }
  return west;
}

const eastOf = (from: number, longitude: number): number => (longitude - from + 360) % 360;
