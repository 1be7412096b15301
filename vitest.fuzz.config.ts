import { defineConfig } from "vitest/config";
import FuzzReport from "./test/fuzz/report.js";

/** The properties of test/fuzz at length, one file after another; the unit tests hold a fortieth of the cases. */
export default defineConfig({
  test: {
    include: ["test/fuzz/**/*.test.ts"],
    env: { FUZZ_SHARE: "1" },
    maxWorkers: 1,
    // What a case leaves behind is collected before the next worker would need it: all of it stays below 1.5 GB.
    execArgv: ["--max-old-space-size=768"],
    disableConsoleIntercept: true,
    reporters: ["default", new FuzzReport()],
  },
});
