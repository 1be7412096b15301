import { defineConfig } from "vitest/config";

/** Breaks real runs on purpose, at length; the project `real` has a short form of it. */
export default defineConfig({
  test: {
    include: ["test/faults/**/*.faults.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
