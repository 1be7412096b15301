import { expect, it } from "vitest";
import { readinessLines, readinessOf } from "../../src/cli/readiness-report.js";
import { chooseTestbed } from "../../src/cli/testbeds.js";
import { FakeTestbed, VirtualClock } from "../run/fake-testbed.js";
import { failureOf } from "../experiment/failure-of.js";

it("says what is there, what is not, and the command that mends it", async () => {
  const testbed = new FakeTestbed(new VirtualClock());
  testbed.needs = [
    { name: "root", state: "ok", detail: "uid 0" },
    {
      name: "hardware virtualization",
      state: "degraded",
      detail: "/dev/kvm runs no guest; QEMU's emulator instead",
    },
    { name: "guest image", state: "missing", detail: "not built", mend: "cloudlet setup" },
  ];
  const readiness = await readinessOf(testbed, new AbortController().signal);
  expect(readiness.usable).toBe(false);
  expect(readinessLines(readiness)).toEqual([
    "fake: NOT usable. A testbed in memory.",
    "  pass  root                     uid 0",
    "  warn  hardware virtualization  /dev/kvm runs no guest; QEMU's emulator instead",
    "  FAIL  guest image              not built",
    "                                 → cloudlet setup",
  ]);
});

it("is usable when nothing is missing, degraded or not", async () => {
  const testbed = new FakeTestbed(new VirtualClock());
  testbed.needs = [{ name: "kvm", state: "degraded", detail: "none" }];
  expect((await readinessOf(testbed, new AbortController().signal)).usable).toBe(true);
});

it("chooses a testbed by name, and names those there are when it cannot", () => {
  const testbed = new FakeTestbed(new VirtualClock());
  expect(chooseTestbed([testbed], "fake")).toBe(testbed);
  expect(failureOf(() => chooseTestbed([testbed], "fkae")).line).toBe(
    '--testbed: no testbed named "fkae" → did you mean fake? there are: fake',
  );
});
