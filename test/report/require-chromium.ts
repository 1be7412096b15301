import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, type TestContext } from "vitest";

/**
 * For tests that need a real browser; `path()` is where it is. In CI its absence fails the test; on a person's
 * machine the test is skipped, and says why.
 */
export function requireChromium(): {
  readonly check: (context: TestContext) => void;
  readonly path: () => string;
} {
  let found = "";
  beforeAll(async () => {
    found = await promisify(execFile)("which", ["chromium"]).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
  });
  return {
    check({ skip }) {
      if (found !== "") return;
      const reason = "chromium is not installed → sudo npx cloudlet setup --tests";
      if (process.env.CI !== undefined) throw new Error(reason);
      skip(reason);
    },
    path: () => found,
  };
}
