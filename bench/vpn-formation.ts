/**
 * VPNs of 100,000 cloudlets by the thesis's rule (3.4.2): how long it takes, and what the order in which the same
 * cloudlets come does to them, at several densities. docs/vpn.md quotes it.
 *
 *   npx tsx bench/vpn-formation.ts [cloudlets, default 100000]
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import type { Cloudlet } from "../src/vpn/cloudlet.js";
import { formVpns } from "../src/vpn/formation.js";
import { proximityOf } from "../src/vpn/proximity.js";
import { summaryOf } from "../src/vpn/summary.js";
import { scatteredCloudlets } from "./scattered-cloudlets.js";

const count = Number(process.argv[2] ?? 100_000);
/** Equation 3.5 with access points that reach 100 m. */
const DMAX_KM = 1.136;
/** How many others are within Dmax of a cloudlet, in the mean. Half of all are in one group from about 4.5 on. */
const meanNeighbours = [1, 3, 4.5, 6, 10, 20];

const orders: Record<string, (cloudlets: readonly Cloudlet[]) => readonly Cloudlet[]> = {
  random: (cloudlets) => cloudlets,
  "west to east": (cloudlets) => cloudlets.toSorted((a, b) => a.longitude - b.longitude),
  "outwards along neighbours": outwards,
};

/** As a network grows from a first place: each next to one that is there, as long as there is such a one. */
function outwards(cloudlets: readonly Cloudlet[]): Cloudlet[] {
  const { neighbours } = proximityOf(cloudlets, DMAX_KM);
  const order = new Set<number>();
  for (const start of cloudlets.keys()) {
    if (order.has(start)) continue;
    const reached = new Set([start]);
    for (const member of reached) for (const near of neighbours[member] ?? []) reached.add(near);
    for (const member of reached) order.add(member);
  }
  return [...order].flatMap((index) => cloudlets[index] ?? []);
}

const rounded = (value: number): number => Number(value.toPrecision(3));

function measure(degree: number, order: string) {
  const perKm2 = degree / (Math.PI * DMAX_KM ** 2);
  const cloudlets = orders[order]?.(scatteredCloudlets(count, perKm2, 1)) ?? [];
  const startMs = performance.now();
  const formation = formVpns(proximityOf(cloudlets, DMAX_KM));
  const tookMs = performance.now() - startMs;
  const { dmaxKm, cloudlets: _, meanVpnsPerCloudlet, ...counts } = summaryOf(formation);
  return {
    meanNeighbours: degree,
    order,
    tookMs: Math.round(tookMs),
    meanVpnsPerCloudlet: rounded(meanVpnsPerCloudlet),
    ...counts,
  };
}

const result = {
  benchmark: "vpn-formation",
  measuredAt: new Date().toISOString().slice(0, 10),
  machine: { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version },
  cloudlets: count,
  dmaxKm: DMAX_KM,
  formations: meanNeighbours.flatMap((degree) => Object.keys(orders).map((order) => measure(degree, order))),
  peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
};
const text = `${JSON.stringify(result, undefined, 2)}\n`;
await writeFileAtomically(join(import.meta.dirname, "../results/bench/vpn-formation.json"), text);
process.stdout.write(text);
