import { beforeAll, type TestContext } from "vitest";
import type { Testbed } from "../../src/testbed/contract.js";
import { testbed as netns } from "../../src/testbed/netns/index.js";
import { testbed as vagrant } from "../../src/testbed/vagrant/index.js";

/**
 * For tests that need a real testbed. In CI a missing requirement fails the test, as EXPECT_ALL_FEATURES does
 * for the kernel's MPTCP selftests; on a person's machine the test is skipped, and says why.
 */
function requireTestbed(testbed: Testbed): (context: TestContext) => void {
  let missing: string[] = [];
  beforeAll(async () => {
    const requirements = await testbed.requirements();
    missing = requirements
      .filter(({ state }) => state === "missing")
      .map(({ name, detail, mend }) => `${name}: ${detail}${mend === undefined ? "" : ` → ${mend}`}`);
  });
  return ({ skip }) => {
    if (missing.length === 0) return;
    const why = `the ${testbed.name} testbed is not usable here: ${missing.join("; ")}`;
    if (process.env.CI !== undefined) throw new Error(why);
    skip(why);
  };
}

export const requireNetns = () => requireTestbed(netns);

/** Every real testbed, for what must be the same on each. */
export const realTestbeds = [netns, vagrant].map((testbed) => ({
  name: testbed.name,
  require: () => requireTestbed(testbed),
}));
