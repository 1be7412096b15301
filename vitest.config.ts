import { defineConfig } from "vitest/config";

/** `unit` needs no root and ends in seconds; `real` starts QEMU, namespaces and MPTCP. Split by file suffix. */
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/**/*.real.test.ts"] } },
      {
        test: {
          name: "real",
          include: ["test/**/*.real.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
  },
});
