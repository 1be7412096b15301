import { expect, it } from "vitest";
import { missingTestPackages } from "../../src/cli/test-packages.js";

it("names the packages whose proof fails, and no other", async () => {
  expect(await missingTestPackages(() => Promise.resolve(""))).toEqual([]);
  const missing = await missingTestPackages(([file, argument]) =>
    file === "which" && argument === "chromium"
      ? Promise.reject(new Error("exit code 1"))
      : Promise.resolve(""),
  );
  expect(missing).toEqual(["chromium"]);
});
