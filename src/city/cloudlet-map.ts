import KDBush from "kdbush";
import type { Random } from "../testbed/sim/engine/random.js";
import type { Motion } from "./leg.js";

export interface Cloudlet {
  readonly x: number;
  readonly y: number;
  /** What its access to the WAN adds to an RTT, ms. */
  readonly accessRttMs: number;
}

/** Where a moving device is connected, and where it will be on its present course. */
export interface Course {
  /** The nearest cloudlet. */
  readonly cloudlet: number;
  /** The one that is nearest next; null where none is near enough to say. */
  readonly next: number | null;
  /** Time until that one is nearest, or until it is worth to look again, s. */
  readonly inS: number;
}

/** Range of what a cloudlet's access adds, ms: with both ends 10 to 120, within the neighbour's limit of 150 (thesis 3.4.4). */
const LEAST_ACCESS_MS = 5;
const MOST_ACCESS_MS = 60;

/** Cloudlets on a square, and which one a device connects to: the nearest. */
export class CloudletMap {
  private readonly index: KDBush;
  private readonly reachM: number;

  constructor(
    readonly cloudlets: readonly Cloudlet[],
    readonly sideM: number,
  ) {
    this.index = new KDBush(cloudlets.length);
    for (const { x, y } of cloudlets) this.index.add(x, y);
    this.index.finish();
    this.reachM = (3 * sideM) / Math.sqrt(cloudlets.length);
  }

  static scattered(count: number, sideM: number, random: Random): CloudletMap {
    const cloudlets = Array.from({ length: count }, () => ({
      x: random.between(0, sideM),
      y: random.between(0, sideM),
      accessRttMs: Math.round(random.between(LEAST_ACCESS_MS, MOST_ACCESS_MS)),
    }));
    return new CloudletMap(cloudlets, sideM);
  }

  /**
   * The next cloudlet is the one whose perpendicular bisector with the nearest is crossed first. Only those within reach
   * are looked at, which is enough for as long as twice the way and the distance to the nearest stay below it.
   */
  courseOf({ x, y, vx, vy }: Motion): Course {
    const { cloudlet, distanceM, reachM, near } = this.nearest(x, y);
    const here = this.cloudlets[cloudlet];
    const speed = Math.hypot(vx, vy);
    let next: number | null = null;
    let inS = speed === 0 ? Infinity : (reachM - distanceM) / 2 / speed;
    for (const candidate of near) {
      const there = this.cloudlets[candidate];
      if (here === undefined || there === undefined) continue;
      const closing = 2 * (vx * (there.x - here.x) + vy * (there.y - here.y));
      if (closing <= 0) continue;
      const crossingS = ((there.x - x) ** 2 + (there.y - y) ** 2 - distanceM ** 2) / closing;
      if (crossingS < inS) [next, inS] = [candidate, crossingS];
    }
    return { cloudlet, next, inS };
  }

  private nearest(x: number, y: number) {
    for (let reachM = this.reachM; ; reachM *= 2) {
      const near = this.index.within(x, y, reachM);
      let cloudlet = -1;
      let distanceM = Infinity;
      for (const candidate of near) {
        const place = this.cloudlets[candidate];
        if (place === undefined) continue;
        const distance = Math.hypot(place.x - x, place.y - y);
        if (distance < distanceM) [cloudlet, distanceM] = [candidate, distance];
      }
      if (cloudlet !== -1) return { cloudlet, distanceM, reachM, near };
    }
  }

  /** RTT through the WAN between two cloudlets, ms. */
  rttMs(a: number, b: number): number {
    return (this.cloudlets[a]?.accessRttMs ?? 0) + (this.cloudlets[b]?.accessRttMs ?? 0);
  }
}
