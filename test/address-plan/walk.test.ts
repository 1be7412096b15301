import { describe, expect, it } from "vitest";
import { abandoned, advertise, settled, table31Row } from "../../src/address-plan/interface-roles.js";
import { readAddressPlan } from "../../src/address-plan/plan.js";
import { walk } from "../../src/address-plan/walk.js";

const plan = await readAddressPlan("experiments/address-plans/thesis.yaml");
const rows = (route: string[]) =>
  walk(plan, route).map(({ eth0, eth1, row }) => [eth0, row.eth0, eth1, row.eth1, row.subflows]);

describe("walk", () => {
  it("goes through the four rows of Table 3.1 in one move", () => {
    expect(rows(["C1", "C2"])).toEqual([
      ["10.4.0.3", "Up", null, "Down", 1],
      ["10.4.0.3", "Up", "10.5.0.3", "Up (inactive)", 1],
      ["10.4.0.3", "Up (inactive)", "10.5.0.3", "Up", 1],
      [null, "Down", "10.5.0.3", "Up", 1],
    ]);
  });

  it("trades the interfaces' roles with every move, and comes back to C1 on the other one", () => {
    const settledSteps = walk(plan, ["C1", "C2", "C3", "C1"]).filter(
      ({ row }) => row.operation === "Normal operation",
    );
    expect(settledSteps.map(({ vmAt, eth0, eth1 }) => [vmAt, eth0, eth1])).toEqual([
      ["C1", "10.4.0.3", null],
      ["C2", null, "10.5.0.3"],
      ["C3", "10.6.0.3", null],
      ["C1", null, "10.4.0.3"],
    ]);
  });

  it("frees the pair that is left behind: a walk may be longer than a subnet", () => {
    const small = {
      ...plan,
      cloudlets: plan.cloudlets.map((each) => ({ ...each, prefix: { ...each.prefix, length: 29 } })),
    };
    const route = Array.from({ length: 21 }, (_, index) => (index % 2 === 0 ? "C1" : "C2"));
    expect(walk(small, route)).toHaveLength(61);
  });

  it("refuses a cloudlet that the plan lacks, and a step that leads nowhere", () => {
    expect(() => walk(plan, ["C1", "C9"])).toThrow('no cloudlet named "C9"');
    expect(() => walk(plan, ["C1", "C1"])).toThrow("from C1 to C1");
  });
});

it("a migration that was given up leaves the interfaces as they were", () => {
  const before = settled("10.4.0.3");
  expect(abandoned(advertise(before, "10.5.0.3"))).toEqual(before);
  expect(table31Row(before).eth1).toBe("Down");
});
