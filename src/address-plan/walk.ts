import { Failure } from "../failure.js";
import { advertise, type InterfaceRoles, joined, migrated, settled, table31Row } from "./interface-roles.js";
import { lease, type Leases, leasesOf, release } from "./lease.js";
import type { AddressPair, AddressPlan } from "./plan.js";
import { addressText } from "./prefix.js";

/** One line of a walk: who has which address, and the row of Table 3.1. */
export interface WalkStep {
  readonly deviceAt: string;
  readonly vmAt: string;
  readonly deviceAddress: string;
  /** null: the interface is down. */
  readonly eth0: string | null;
  readonly eth1: string | null;
  readonly row: ReturnType<typeof table31Row>;
}

/**
 * A device walks from cloudlet to cloudlet and its VM migrates after it, each in its own time: what addresses are given
 * out and which interface has which role. The pair left behind is released once the VM has moved.
 *
 * @param route names of cloudlets of the plan, one after the other.
 * @throws Failure (usage) for a cloudlet that the plan lacks, or a step that leads nowhere; (environment) for a full subnet.
 */
export function walk(plan: AddressPlan, route: readonly string[]): WalkStep[] {
  const leases = new Map(plan.cloudlets.map((cloudlet) => [cloudlet.name, leasesOf(cloudlet)]));
  const take = (name: string): AddressPair => {
    const taken = lease(known(leases, name));
    leases.set(name, taken.leases);
    return taken.pair;
  };
  const [first = "", ...rest] = route;
  let here = first;
  let pair = take(first);
  let roles = settled(addressText(pair.vm));
  const steps = [stepOf(first, first, pair, roles)];
  for (const next of rest) {
    if (next === here) {
      throw new Failure(`from ${here} to ${next}`, { kind: "usage", mend: "name another cloudlet" });
    }
    const nextPair = take(next);
    const advertised = advertise(roles, addressText(nextPair.vm));
    const moved = migrated(advertised);
    roles = joined(moved);
    leases.set(here, release(known(leases, here), pair));
    steps.push(
      stepOf(next, here, nextPair, advertised),
      stepOf(next, next, nextPair, moved),
      stepOf(next, next, nextPair, roles),
    );
    here = next;
    pair = nextPair;
  }
  return steps;
}

function known(leases: ReadonlyMap<string, Leases>, name: string): Leases {
  const found = leases.get(name);
  if (found !== undefined) return found;
  throw new Failure(`no cloudlet named ${JSON.stringify(name)}`, {
    kind: "usage",
    mend: `there are: ${[...leases.keys()].join(", ")}`,
  });
}

function stepOf(deviceAt: string, vmAt: string, pair: AddressPair, roles: InterfaceRoles): WalkStep {
  const aside =
    roles.phase === "advertised" ? roles.nextAddress : roles.phase === "migrated" ? roles.oldAddress : null;
  return {
    deviceAt,
    vmAt,
    deviceAddress: addressText(pair.device),
    eth0: roles.inUse === "eth0" ? roles.address : aside,
    eth1: roles.inUse === "eth1" ? roles.address : aside,
    row: table31Row(roles),
  };
}
