import { defineConfig } from "vitest/config";

/** Breaks real runs on purpose, at length; the project `real` has a short form of it. */
export default defineConfig({
  test: {
    include: ["test/faults/**/*.faults.ts"],
    globalSetup: ["test/real/clear-leftovers.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
    // What was tried, what came of it, how long it took: one for people's programs, one for CI's.
    reporters: [
      "default",
      ["json", { outputFile: "reports/faults.json" }],
      ["junit", { outputFile: "reports/faults.xml" }],
    ],
  },
});
