import { Failure } from "../failure.js";
import type { AddressPair, PlannedCloudlet } from "./plan.js";
import { addressText, broadcastOf, prefixText } from "./prefix.js";

/** Who holds which pair of a cloudlet's addresses. Each change gives a new value. */
export interface Leases {
  readonly cloudlet: PlannedCloudlet;
  /** By the device's address. */
  readonly byDevice: ReadonlyMap<number, AddressPair>;
}

export const leasesOf = (cloudlet: PlannedCloudlet): Leases => ({
  cloudlet,
  byDevice: new Map(cloudlet.pairs.map((pair) => [pair.device, pair])),
});

/** How many pairs a cloudlet has in all: a reserved address takes its partner with it. */
export const capacityOf = (cloudlet: PlannedCloudlet): number => Array.from(pairsOf(cloudlet)).length;

/**
 * The lowest free pair: an even address for the device, the next odd one for its VM (thesis 3.2.1.1).
 *
 * @throws Failure (environment) when the subnet is full.
 */
export function lease(leases: Leases): { readonly leases: Leases; readonly pair: AddressPair } {
  const { cloudlet, byDevice } = leases;
  for (const pair of pairsOf(cloudlet)) {
    if (byDevice.has(pair.device)) continue;
    return { leases: { cloudlet, byDevice: new Map(byDevice).set(pair.device, pair) }, pair };
  }
  throw new Failure(`no address is left: all ${byDevice.size} pairs are given out`, {
    kind: "environment",
    place: `${cloudlet.name}, ${prefixText(cloudlet.prefix)}`,
    mend: "release a pair, or give the cloudlet a shorter prefix",
  });
}

/** The pair is free again. @throws RangeError when nobody holds it. */
export function release({ cloudlet, byDevice }: Leases, { device }: AddressPair): Leases {
  const rest = new Map(byDevice);
  if (!rest.delete(device)) throw new RangeError(`nobody holds ${addressText(device)}`);
  return { cloudlet, byDevice: rest };
}

function* pairsOf({ prefix, gateway, reserved }: PlannedCloudlet): Generator<AddressPair> {
  for (let device = gateway + 1; device + 1 < broadcastOf(prefix); device += 2) {
    if (!reserved.has(device) && !reserved.has(device + 1)) yield { device, vm: device + 1 };
  }
}
