import { expect, it } from "vitest";
import { scatteredCloudlets } from "../../bench/scattered-cloudlets.js";
import { formVpns, removeCloudlet } from "../../src/vpn/formation.js";
import { vpnMap } from "../../src/vpn/map.js";
import { proximityOf } from "../../src/vpn/proximity.js";
import { readCloudlets } from "../../src/vpn/read-cloudlets.js";

const countOf = (points: readonly unknown[]) => points.length;

it("draws each cloudlet once, those in several VPNs by themselves, and each pair of neighbours once", async () => {
  const list = await readCloudlets("experiments/cloudlets/fig-3-9.yaml");
  const { series } = vpnMap(list, formVpns(proximityOf(list.cloudlets, 1.136)));
  expect(series.map(({ label, form, points }) => [label, form, countOf(points)])).toEqual([
    ["VPN of CE1: 3", "dots", 2],
    ["VPN of CE4: 3", "dots", 2],
    ["in several VPNs: 1", "dots", 1],
    // From, to, and a break: two lines each.
    ["VPN of CE1: 3", "links", 6],
    ["VPN of CE4: 3", "links", 6],
  ]);
});

it("leaves a cloudlet out that was removed, and can be empty", () => {
  const list = { title: "t", cloudlets: [{ name: "only", latitude: 1, longitude: 1 }] };
  const formation = formVpns(proximityOf(list.cloudlets, 1));
  expect(vpnMap(list, formation).series.map(({ points }) => countOf(points))).toEqual([1, 0]);
  expect(vpnMap(list, removeCloudlet(formation, 0).formation).series).toEqual([]);
});

it("of very many cloudlets draws no more than the eye can tell apart, and says so", () => {
  const list = { title: "t", cloudlets: scatteredCloudlets(20_000, 1.5, 1) };
  const { series, notes } = vpnMap(list, formVpns(proximityOf(list.cloudlets, 1.136)));
  expect(series.every(({ form, points }) => form === "dots" && countOf(points) <= 101 * 101)).toBe(true);
  expect(notes.join("\n")).toMatch(/left out: more than 10000.*\nOne dot for all of a kind in a square of/);
});
