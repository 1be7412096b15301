import { describe, expect, it } from "vitest";
import { linkShaping } from "../../../src/experiment/link-shaping.js";
import { localHost } from "../../../src/host/local-host.js";
import { Namespace } from "../../../src/host/namespace.js";
import { Shaper, shapingOf } from "../../../src/lab/network/shaper.js";
import { shippedPlan } from "../../run/fixtures.js";

const { link: profile } = (await shippedPlan({ profile: "thesis-2014" })).plan.profile;
const wan = { rateBps: 350e6, rttMs: 20 };

/** A shaper of machines that only note what tc is told, by the machine. */
function shaperOn() {
  const said: string[] = [];
  const namespace = (name: string) =>
    new Namespace(name, {
      ...localHost,
      exec: ([, , , machine = "", program, ...words], options) => {
        if (program === "tc" && words[0] === "-batch") {
          said.push(...(options?.input ?? "").split("\n").map((line) => `${machine}: ${line}`));
        }
        return Promise.resolve("");
      },
    });
  const namespaces = {
    host: namespace("host"),
    vm1: namespace("vm1"),
    vm2: namespace("vm2"),
    vm4: namespace("vm4"),
  };
  return { shaper: Shaper.hostPorts(namespaces), said: () => said.splice(0) };
}

describe("shapingOf", () => {
  it("shapes a link by the profile, and an unshaped one not at all", () => {
    expect(shapingOf(wan, profile)).toEqual(linkShaping(wan, profile));
    expect(shapingOf({ rateBps: null, rttMs: 0 }, profile)).toBeNull();
  });
});

describe("Shaper", () => {
  it("takes all shaping off both directions of an unshaped link, and puts it on again", async () => {
    const { shaper, said } = shaperOn();
    const unshaped = ["vm1", "vm2"].map(
      (machine) => `${machine}: qdisc replace dev eth1 root handle 3: pfifo limit 1000`,
    );
    // A lab that another process has shaped may be what it works on.
    await shaper.shape("wan", null, "off");
    expect(said()).toEqual(unshaped);
    await shaper.shape("wan", shapingOf(wan, profile), "off");
    expect(said().filter((line) => line.includes("root"))).toEqual([
      expect.stringMatching(/^vm1: qdisc replace dev eth1 root handle 1: tbf rate 350000000bit /),
      expect.stringMatching(/^vm2: qdisc replace dev eth1 root handle 1: tbf rate 350000000bit /),
    ]);
    await shaper.shape("wan", null, "off");
    expect(said()).toEqual(unshaped);
  });

  it("says nothing to a link that is already as it should be", async () => {
    const { shaper, said } = shaperOn();
    for (const shaping of [null, shapingOf(wan, profile)]) {
      await shaper.shape("wan", shaping, "off");
      said();
      await shaper.shape("wan", shaping, "off");
      expect(said()).toEqual([]);
    }
  });
});
