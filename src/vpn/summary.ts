import type { Formation } from "./formation.js";
import { connectedParts } from "./proximity.js";

/** A formation in a few numbers. */
export interface FormationSummary {
  readonly dmaxKm: number;
  /** In at least one VPN. */
  readonly cloudlets: number;
  readonly vpns: number;
  /** Members of the largest VPN. */
  readonly largestVpn: number;
  readonly inSeveralVpns: number;
  readonly meanVpnsPerCloudlet: number;
  readonly mostVpnsPerCloudlet: number;
  /** What merging would leave: VPNs that share members count as one. Does not depend on the order. */
  readonly groups: number;
  readonly largestGroup: number;
}

/** VPNs of each cloudlet, by its place in the list. */
export function vpnIdsByCloudlet({ proximity, vpns }: Formation): number[][] {
  const ids: number[][] = proximity.neighbours.map(() => []);
  for (const { id, members } of vpns) for (const member of members) ids[member]?.push(id);
  return ids;
}

export function summaryOf(formation: Formation): FormationSummary {
  const counts = vpnIdsByCloudlet(formation)
    .map(({ length }) => length)
    .filter((count) => count > 0);
  const present = new Set(formation.vpns.flatMap(({ members }) => members));
  const groups = connectedParts(formation.proximity, present);
  return {
    dmaxKm: formation.proximity.dmaxKm,
    cloudlets: counts.length,
    vpns: formation.vpns.length,
    largestVpn: greatest(formation.vpns.map(({ members }) => members.length)),
    inSeveralVpns: counts.filter((count) => count > 1).length,
    meanVpnsPerCloudlet: counts.reduce((sum, count) => sum + count, 0) / Math.max(counts.length, 1),
    mostVpnsPerCloudlet: greatest(counts),
    groups: groups.length,
    largestGroup: greatest(groups.map(({ length }) => length)),
  };
}

const greatest = (counts: readonly number[]): number =>
  counts.reduce((most, each) => Math.max(most, each), 0);
