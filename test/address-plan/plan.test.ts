import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAddressPlan } from "../../src/address-plan/plan.js";
import { Failure } from "../../src/failure.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "address-plan-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is said of a plan with these cloudlets, one a line from line 3 on, without the folder. */
async function mistakes(...cloudlets: string[]): Promise<string[]> {
  const file = join(folder, "plan.yaml");
  await writeFile(file, ["title: t", "cloudlets:", ...cloudlets.map((each) => `  - ${each}`)].join("\n"));
  try {
    await readAddressPlan(file);
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.lines.map((line) => line.replace(`${folder}/`, ""));
    throw error;
  }
}

describe("readAddressPlan", () => {
  it("reads the committed plan of the thesis", async () => {
    const { cloudlets } = await readAddressPlan("experiments/address-plans/thesis.yaml");
    expect(cloudlets.map(({ name }) => name)).toEqual(["C1", "C2", "C3"]);
  });

  it("takes VMs that have their address already", async () => {
    expect(
      await mistakes("{ name: C1, prefix: 10.4.0.0/24, vms: [{ device: 10.4.0.2, vm: 10.4.0.3 }] }"),
    ).toEqual([]);
  });

  it.each([
    ["10.4.0.0/16", "10.4.7.0/24"],
    ["10.4.7.0/24", "10.4.0.0/16"],
    ["10.4.0.0/24", "10.4.0.0/24"],
  ])("refuses %s beside %s, at the second", async (one, other) => {
    expect(await mistakes(`{ name: C1, prefix: ${one} }`, `{ name: C2, prefix: ${other} }`)).toEqual([
      `plan.yaml:4:25: ${other} overlaps ${one} of C1 → give every cloudlet of a VPN a network of its own`,
    ]);
  });

  it.each([
    [
      "10.4.0.2",
      "10.4.0.4",
      "plan.yaml:3:68: 10.4.0.4 is even → the VM of 10.4.0.2 has the next odd address: 10.4.0.3",
    ],
    [
      "10.4.0.2",
      "10.4.0.5",
      "plan.yaml:3:68: 10.4.0.5 is not the next after 10.4.0.2 → the VM of 10.4.0.2 has the next odd address: 10.4.0.3",
    ],
    ["10.4.0.3", "10.4.0.5", "plan.yaml:3:54: 10.4.0.3 is odd → devices have even addresses: 10.4.0.2"],
    [
      "10.9.0.2",
      "10.9.0.3",
      "plan.yaml:3:54: 10.9.0.2 is not in 10.4.0.0/24 → write an address of 10.4.0.0/24",
    ],
    ["10.4.0.0", "10.4.0.1", "plan.yaml:3:54: 10.4.0.0 is given already → give each address once"],
  ])("refuses device %s with VM %s", async (device, vm, line) => {
    expect(
      await mistakes(`{ name: C1, prefix: 10.4.0.0/24, vms: [{ device: ${device}, vm: ${vm} }] }`),
    ).toEqual([line]);
  });

  it("refuses a device whose odd neighbour would be the broadcast address", async () => {
    expect(
      await mistakes("{ name: C1, prefix: 10.4.0.0/24, vms: [{ device: 10.4.0.254, vm: 10.4.0.255 }] }"),
    ).toEqual([expect.stringContaining("no odd address follows 10.4.0.254 in 10.4.0.0/24")]);
  });

  it("refuses a pair that is given twice, or reserved", async () => {
    const pair = "{ device: 10.4.0.2, vm: 10.4.0.3 }";
    expect(await mistakes(`{ name: C1, prefix: 10.4.0.0/24, vms: [${pair}, ${pair}] }`)).toHaveLength(1);
    expect(await mistakes(`{ name: C1, prefix: 10.4.0.0/24, reserved: [10.4.0.3], vms: [${pair}] }`)).toEqual(
      [expect.stringContaining("10.4.0.3 is given already")],
    );
  });

  it("lists every mistake", async () => {
    expect(
      await mistakes(
        "{ name: C1, prefix: 10.4.0.0/24, reserved: [10.5.0.1] }",
        "{ name: C1, prefix: 10.4.0.0/25 }",
      ),
    ).toEqual([
      expect.stringContaining("plan.yaml:4:13: C1 is named twice"),
      expect.stringContaining("plan.yaml:4:25: 10.4.0.0/25 overlaps 10.4.0.0/24 of C1"),
      expect.stringContaining("plan.yaml:3:49: 10.5.0.1 is not in 10.4.0.0/24"),
    ]);
  });

  it("refuses what is no prefix", async () => {
    expect(await mistakes("{ name: C1, prefix: 10.4.0.7/24 }")).toEqual([
      expect.stringContaining("plan.yaml:3:25: "),
    ]);
    expect(await mistakes("{ name: C1, prefix: 10.4.0.0/30 }")).toHaveLength(1);
  });
});
