import { defineConfig } from "vitest/config";

/**
 * By what a test costs, split by file suffix: `unit` takes milliseconds; `whole` runs commands, and carries records to charts
 * and pages, without root as well; `real` starts QEMU, namespaces and MPTCP.
 */
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    projects: [
      {
        test: {
          name: "unit",
          // A worker keeps what it has imported: loading the same modules for each file takes longer than all tests.
          isolate: false,
          // A machine that is busy with other things is no failure.
          testTimeout: 30_000,
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.whole.test.ts", "test/**/*.real.test.ts"],
        },
      },
      {
        test: {
          name: "whole",
          include: ["test/**/*.whole.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "real",
          include: ["test/**/*.real.test.ts"],
          globalSetup: ["test/real/clear-leftovers.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
  },
});
