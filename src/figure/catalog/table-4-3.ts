import { baselineTable } from "../baseline-table.js";
import { absent, type Figure } from "../contract.js";

/** RTT and throughput of the paths themselves. */
export const figure: Figure = {
  id: "table-4-3",
  content(run) {
    const rows = run.paper.baseline.paths.flatMap(({ flow, between }) =>
      [`${flow}RttMs`, `${flow}ThroughputMbit`].map(
        (metric) => ({ label: between, setting: "throughput", metric }) as const,
      ),
    );
    return (
      baselineTable(run, "between", rows) ?? absent("no attested cell measures the unshaped paths themselves")
    );
  },
};
