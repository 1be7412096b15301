import type { Random } from "../testbed/sim/engine/random.js";
import type { Leg, Walk } from "./leg.js";

/** Walking speeds about the thesis's mean of 1.2 m/s [JoTh2004]. */
const SLOWEST_M_PER_S = 0.9;
const FASTEST_M_PER_S = 1.5;
/** Longest stop at a waypoint, s. */
const LONGEST_PAUSE_S = 120;

/**
 * Random waypoint (Johnson and Maltz, 1996): straight to a point anywhere in the square, a pause, and on. Speeds have a lower
 * bound, or walkers would slow down for ever (Yoon et al., INFOCOM 2003).
 */
export function* randomWaypoint(sideM: number, random: Random): Generator<Leg, undefined> & Walk {
  let x = random.between(0, sideM);
  let y = random.between(0, sideM);
  let timeS = 0;
  for (;;) {
    const toX = random.between(0, sideM);
    const toY = random.between(0, sideM);
    const speed = random.between(SLOWEST_M_PER_S, FASTEST_M_PER_S);
    const arrivalS = timeS + Math.hypot(toX - x, toY - y) / speed;
    yield { startS: timeS, endS: arrivalS, fromX: x, fromY: y, toX, toY };
    const departureS = arrivalS + random.between(0, LONGEST_PAUSE_S);
    yield { startS: arrivalS, endS: departureS, fromX: toX, fromY: toY, toX, toY };
    [x, y, timeS] = [toX, toY, departureS];
  }
}
