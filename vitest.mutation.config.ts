import { defineConfig } from "vitest/config";

/** What the mutation check runs against each change of src/metric: that room's own tests and nothing else. */
export default defineConfig({
  test: { include: ["test/metric/**/*.test.ts"], disableConsoleIntercept: true },
});
