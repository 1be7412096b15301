import { beforeAll, type TestContext } from "vitest";
import { testbed } from "../../src/testbed/netns/index.js";

/**
 * For tests that need the real testbed. In CI a missing requirement fails the test, as EXPECT_ALL_FEATURES does
 * for the kernel's MPTCP selftests; on a person's machine the test is skipped, and says why.
 */
export function requireNetns(): (context: TestContext) => void {
  let missing: string[] = [];
  beforeAll(async () => {
    const requirements = await testbed.requirements();
    missing = requirements
      .filter(({ state }) => state === "missing")
      .map(({ name, detail, mend }) => `${name}: ${detail}${mend === undefined ? "" : ` → ${mend}`}`);
  });
  return ({ skip }) => {
    if (missing.length === 0) return;
    if (process.env.CI !== undefined)
      throw new Error(`the netns testbed is not usable here: ${missing.join("; ")}`);
    skip(`the netns testbed is not usable here: ${missing.join("; ")}`);
  };
}
