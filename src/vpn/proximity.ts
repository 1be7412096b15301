import { around, distance } from "geokdbush";
import KDBush from "kdbush";
import { Failure } from "../failure.js";
import type { Cloudlet } from "./cloudlet.js";

/** Who is near whom: for each cloudlet, by its place in the list, those within Dmax of it, in rising order. */
export interface Proximity {
  readonly dmaxKm: number;
  readonly neighbours: readonly (readonly number[])[];
}

/** Memory ends a little above it: 8 bytes each way. A hundred thousand cloudlets with 200 neighbours each are below it. */
const MOST_NEIGHBOURS = 20_000_000;

/**
 * Pairs of cloudlets at most Dmax apart, along the great circle of a sphere of 6371 km: right within 0.5 %. A k-d tree
 * finds them, so 100,000 cloudlets take a second.
 *
 * @throws Failure (usage) when Dmax makes nearly everybody everybody's neighbour.
 */
export function proximityOf(
  cloudlets: readonly Cloudlet[],
  dmaxKm: number,
  mostNeighbours = MOST_NEIGHBOURS,
): Proximity {
  const index = new KDBush(cloudlets.length);
  for (const { longitude, latitude } of cloudlets) index.add(longitude, latitude);
  index.finish();
  let found = 0;
  const neighbours = cloudlets.map((cloudlet, own) => {
    const { longitude, latitude } = cloudlet;
    // The tree rounds otherwise than the distance does, so it is asked for a little more.
    const near = around(index, longitude, latitude, Infinity, dmaxKm * (1 + 1e-6) + 1e-6)
      .filter((other) => other !== own && distanceKm(cloudlet, cloudlets[other] ?? cloudlet) <= dmaxKm)
      .sort((a, b) => a - b);
    found += near.length;
    if (found > mostNeighbours) throw tooDense(dmaxKm, mostNeighbours);
    return near;
  });
  return { dmaxKm, neighbours };
}

/** Members between whom hops of at most Dmax lead over members; the part of the earliest first. */
export function connectedParts({ neighbours }: Proximity, members: Iterable<number>): number[][] {
  const unreached = new Set(members);
  const parts: number[][] = [];
  for (const first of members) {
    if (!unreached.delete(first)) continue;
    const part = [first];
    // The part grows while it is walked through.
    for (const member of part) {
      for (const near of neighbours[member] ?? []) if (unreached.delete(near)) part.push(near);
    }
    parts.push(part.sort((a, b) => a - b));
  }
  return parts;
}

/** Along the great circle. */
export const distanceKm = (one: Cloudlet, other: Cloudlet): number =>
  distance(one.longitude, one.latitude, other.longitude, other.latitude);

const tooDense = (dmaxKm: number, most: number): Failure =>
  new Failure(`more than ${most / 1e6} million neighbours within ${dmaxKm} km`, {
    kind: "usage",
    mend: "a smaller --dmax, or fewer cloudlets",
  });
