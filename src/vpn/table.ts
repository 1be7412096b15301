import { stringify } from "csv-stringify/sync";
import type { Cloudlet } from "./cloudlet.js";
import type { Formation, Vpn } from "./formation.js";
import { distanceKm } from "./proximity.js";
import { vpnIdsByCloudlet } from "./summary.js";

/** One VPN for a reader. */
export interface VpnRow {
  readonly vpn: number;
  readonly founder: string;
  readonly cloudlets: number;
  /** From the founder to the member farthest from it, along the great circle. */
  readonly reachKm: number;
}

export function vpnRow({ id, members }: Vpn, cloudlets: readonly Cloudlet[]): VpnRow {
  const all = members.flatMap((member) => cloudlets[member] ?? []);
  const [founder] = all;
  if (founder === undefined) throw new RangeError(`VPN ${id} has no members`);
  const reachKm = all.reduce((farthest, each) => Math.max(farthest, distanceKm(founder, each)), 0);
  return { vpn: id, founder: founder.name, cloudlets: all.length, reachKm: Number(reachKm.toFixed(3)) };
}

/** vpns.csv: one VPN a line. */
export const vpnsCsv = (rows: readonly VpnRow[]): string =>
  csv(rows, ["vpn", "founder", "cloudlets", "reachKm"]);

/** members.csv: one cloudlet in one VPN a line, in the order of the list. */
export const membersCsv = (formation: Formation, cloudlets: readonly Cloudlet[]): string =>
  csv(
    vpnIdsByCloudlet(formation).flatMap((ids, index) =>
      ids.map((vpn) => ({ cloudlet: cloudlets[index]?.name, vpn })),
    ),
    ["cloudlet", "vpn"],
  );

/** Text that a spreadsheet would run as a formula is made plain. */
const csv = (rows: readonly object[], columns: readonly string[]): string =>
  stringify([...rows], { header: true, columns: [...columns], escape_formulas: true });
