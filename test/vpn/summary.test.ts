import { expect, it } from "vitest";
import { formVpns } from "../../src/vpn/formation.js";
import { proximityOf } from "../../src/vpn/proximity.js";
import { readCloudlets } from "../../src/vpn/read-cloudlets.js";
import { summaryOf } from "../../src/vpn/summary.js";

it("Fig. 3.9: two VPNs in one group, CE3 in both", async () => {
  const { cloudlets } = await readCloudlets("experiments/cloudlets/fig-3-9.yaml");
  expect(summaryOf(formVpns(proximityOf(cloudlets, 1.136)))).toEqual({
    dmaxKm: 1.136,
    cloudlets: 5,
    vpns: 2,
    largestVpn: 3,
    inSeveralVpns: 1,
    meanVpnsPerCloudlet: 6 / 5,
    mostVpnsPerCloudlet: 2,
    groups: 1,
    largestGroup: 5,
  });
});

it("the same cloudlets in the order of their names are one VPN", async () => {
  const { cloudlets } = await readCloudlets("experiments/cloudlets/fig-3-9.yaml");
  const byName = cloudlets.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(summaryOf(formVpns(proximityOf(byName, 1.136)))).toMatchObject({
    vpns: 1,
    largestVpn: 5,
    groups: 1,
  });
});
