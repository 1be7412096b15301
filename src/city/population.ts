import { Random } from "../testbed/sim/engine/random.js";
import type { Walker } from "./city.js";
import { CloudletMap } from "./cloudlet-map.js";
import type { Leg } from "./leg.js";
import { randomWaypoint } from "./random-waypoint.js";
import type { VirtualMachine } from "./shared-wan.js";

export interface CitySize {
  readonly devices: number;
  readonly cloudlets: number;
  /** Side of the square, m. */
  readonly sideM: number;
}

/** Thesis and issue name no size: 500 cloudlets on 5 km × 5 km are some 220 m apart, a Wi-Fi range to either side. */
export const CITY: CitySize = { devices: 10_000, cloudlets: 500, sideM: 5000 };

/** An idle VM, the thesis's with an application that writes a little, and a larger one that writes much. */
const virtualMachines: readonly VirtualMachine[] = [
  { memoryMiB: 96, dirtyMiBPerS: 0, workingSetMiB: 0 },
  { memoryMiB: 263, dirtyMiBPerS: 1, workingSetMiB: 32 },
  { memoryMiB: 512, dirtyMiBPerS: 8, workingSetMiB: 64 },
];

export interface City {
  readonly map: CloudletMap;
  /** Anew for each policy: walks are used up. */
  readonly walkers: () => Walker[];
}

/**
 * A city of a seed. The walks are those of a trace where one is given, and random waypoint where not.
 *
 * @param trace legs by device.
 */
export function cityOf(seed: number, size: CitySize, trace?: ReadonlyMap<string, readonly Leg[]>): City {
  const map = CloudletMap.scattered(size.cloudlets, size.sideM, new Random(seed));
  const vmOf = (index: number): VirtualMachine => {
    const vm = virtualMachines[index % virtualMachines.length];
    if (vm === undefined) throw new RangeError("no kind of VM");
    return vm;
  };
  return {
    map,
    walkers: () =>
      trace === undefined
        ? Array.from({ length: size.devices }, (_, index) => ({
            walk: randomWaypoint(size.sideM, new Random(seed + 1 + index)),
            vm: vmOf(index),
          }))
        : [...trace.values()].map((legs, index) => ({ walk: walkAlong(legs), vm: vmOf(index) })),
  };
}

function* walkAlong(legs: readonly Leg[]): Generator<Leg, undefined> {
  yield* legs;
}
