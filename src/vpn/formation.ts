import { Failure } from "../failure.js";
import { connectedParts, type Proximity } from "./proximity.js";

/** 12 bytes each. */
const MOST_MEMBERSHIPS = 50_000_000;

/**
 * VPNs of cloudlets (thesis 3.4.2). Pure: a change gives a new value. Cloudlets are numbers, their places in the list
 * in whose order they came. Of any formation that these functions give:
 *
 * - Each cloudlet is in a VPN, unless it was removed.
 * - Two cloudlets within Dmax of each other share a VPN.
 * - A VPN is connected: between any two members lead hops of at most Dmax over members.
 * - No VPN lies within another.
 */
export interface Formation {
  readonly proximity: Proximity;
  readonly vpns: readonly Vpn[];
  /** The number of the next VPN: none is given twice. */
  readonly nextId: number;
}

export interface Vpn {
  readonly id: number;
  /** In rising order. The first founded it, or is the earliest that is left. */
  readonly members: readonly number[];
}

/**
 * The thesis's algorithm for one cloudlet after another: each becomes a member of every VPN in which somebody is
 * near it; VPNs are never merged. One that nobody is near founds a VPN of its own, of which the thesis says nothing.
 */
export function formVpns(proximity: Proximity): Formation {
  const vpns: { id: number; members: number[] }[] = [];
  const idsOf: Int32Array[] = [];
  const union = unions(proximity.neighbours.length);
  let memberships = 0;
  for (const [cloudlet, neighbours] of proximity.neighbours.entries()) {
    const joined = union(neighbours.flatMap((other) => (other < cloudlet ? (idsOf[other] ?? []) : [])));
    const ids = joined.length > 0 ? joined : Int32Array.of(vpns.length);
    if (joined.length === 0) vpns.push({ id: vpns.length, members: [] });
    memberships += ids.length;
    if (memberships > MOST_MEMBERSHIPS) throw tooMany();
    idsOf.push(ids);
    for (const id of ids) vpns[id]?.members.push(cloudlet);
  }
  return { proximity, vpns, nextId: vpns.length };
}

const tooMany = (): Failure =>
  new Failure(`they would be members of VPNs more than ${MOST_MEMBERSHIPS / 1e6} million times`, {
    kind: "usage",
    mend: "list them outwards from a first one, or name a smaller --dmax (docs/vpn.md)",
  });

/** What several lists of VPNs hold. Most cloudlets are in the same VPNs as one of their neighbours, and share its list. */
function unions(mostIds: number) {
  const seenAt = new Int32Array(mostIds);
  let call = 0;
  return (lists: readonly Int32Array[]): Int32Array => {
    const [first, ...others] = new Set(lists);
    if (first === undefined || others.length === 0) return first ?? new Int32Array();
    call++;
    const all: number[] = [];
    for (const list of [first, ...others]) {
      for (const id of list) {
        if (seenAt[id] === call) continue;
        seenAt[id] = call;
        all.push(id);
      }
    }
    return lists.find(({ length }) => length === all.length) ?? Int32Array.from(all);
  };
}

/** What became of one VPN when a member left. */
export interface Departure {
  readonly from: Vpn;
  /** What is left of it: the part of the earliest member keeps the number, others get new ones. */
  readonly parts: readonly Vpn[];
  /** Parts that would lie within another VPN, and are dropped: all their members have each other there. */
  readonly dropped: readonly Vpn[];
}

/**
 * Takes a cloudlet out of all its VPNs. A VPN that it held together falls into its connected parts: at most five, since
 * neighbours of one point that are no neighbours of each other are more than 60 degrees apart around it. Removing
 * the one that came last gives what was before it.
 *
 * @throws RangeError for one that is in no VPN.
 */
export function removeCloudlet(
  { proximity, vpns, nextId: firstFreeId }: Formation,
  cloudlet: number,
): { readonly formation: Formation; readonly departures: readonly Departure[] } {
  const left = vpns.filter(({ members }) => members.includes(cloudlet));
  if (left.length === 0) throw new RangeError(`cloudlet ${cloudlet} is in no VPN`);
  let nextId = firstFreeId;
  const fallen = left.map((from) => ({
    from,
    parts: connectedParts(
      proximity,
      from.members.filter((member) => member !== cloudlet),
    ).map((members, index): Vpn => ({ id: index === 0 ? from.id : nextId++, members })),
  }));
  const untouched = vpns.filter(({ members }) => !members.includes(cloudlet));
  const kept = withoutNested(
    untouched,
    fallen.flatMap(({ parts }) => parts),
  );
  return {
    formation: { proximity, vpns: kept.toSorted((a, b) => a.id - b.id), nextId },
    departures: fallen.map(({ from, parts }) => ({
      from,
      parts: parts.filter((part) => kept.includes(part)),
      dropped: parts.filter((part) => !kept.includes(part)),
    })),
  };
}

/** Only a part can have come to lie within another VPN: nothing grew. Of two that are the same, the earlier stays. */
function withoutNested(untouched: readonly Vpn[], parts: readonly Vpn[]): Vpn[] {
  const kept = new Set([...untouched, ...parts]);
  for (const part of parts.toReversed()) {
    const [first = -1] = part.members;
    for (const other of kept) {
      if (other === part || !other.members.includes(first)) continue;
      const members = new Set(other.members);
      if (part.members.every((member) => members.has(member))) {
        kept.delete(part);
        break;
      }
    }
  }
  return [...kept];
}
