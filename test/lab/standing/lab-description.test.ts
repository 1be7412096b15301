import { expect, it } from "vitest";
import { interfaceTables } from "../../../src/run/scenario/interface-tables.js";
import { deviceCloudlet } from "../../../src/lab/standing/lab-description.js";

const vm4 = (table: "4.5" | "4.6" | "4.8") => interfaceTables[table].filter(({ vm }) => vm === "VM4");

it("finds the device where it has an address, and between the cloudlets where it has none", () => {
  expect(deviceCloudlet(vm4("4.5"))).toBe(1);
  expect(deviceCloudlet(vm4("4.6"))).toBe(2);
  expect(deviceCloudlet(vm4("4.8"))).toBe(2);
  expect(
    deviceCloudlet([
      { vm: "VM4", interface: "eth0", state: "DOWN", address: "10.1.1.14/24" },
      { vm: "VM4", interface: "eth1", state: "UP", address: null },
    ]),
  ).toBeNull();
});
