import { expect, it } from "vitest";
import { reproductionLines } from "../../src/cli/reproduction-summary.js";
import { compareWithPaper } from "../../src/compare/comparison.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import { type SyntheticCell, syntheticGrid, syntheticRecording, syntheticRun } from "../record/synthetic.js";

async function summary(cells: readonly SyntheticCell[]): Promise<string[]> {
  const dir = "runs/thesis-sim-20240501-120000";
  const measured = await measureRun(syntheticRecording(cells, syntheticRun("simulation")));
  return reproductionLines(
    {
      dir,
      measured,
      derived: {
        figures: ["a", "b"],
        comparison: [`${dir}/comparison/thesis.md`, `${dir}/comparison/thesis.csv`],
        report: `${dir}/report.html`,
        dataPackage: `${dir}/datapackage.json`,
        skipped: [{ id: "fig-4-9", reason: "none" }],
      },
      comparison: compareWithPaper({ measured, dir }, await loadPaper()),
      tookS: 5.2,
    },
    100,
  );
}

it("says how near the run came to the thesis, and where everything is, within 100 columns", async () => {
  const lines = await summary(syntheticGrid(1));
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  expect(lines[1]).toBe("The thesis on sim (simulated), profile thesis-2014: 13 of 13 cells ok, 5 s");
  const text = lines.join("\n");
  expect(text).toMatch(/totalMigrationTimeS +12 +\d+\.\d %/);
  expect(text).toMatch(/What its text says: thesis: 8 of 8 claims hold; sim \(simulated\): \d+ of 11/);
  expect(text).toContain("DOES NOT HOLD: ");
  expect(text).toContain("Record      runs/thesis-sim-20240501-120000 (seed 1)");
  expect(text).toContain("2 files in runs/thesis-sim-20240501-120000/figures\n            not drawn");
  expect(text).toContain("Report      runs/thesis-sim-20240501-120000/report.html");
  expect(lines.at(-1)).toContain("cloudlet compare runs/thesis-sim-20240501-120000");
});

it("names each cell that was left out, and says when nothing is left to compare", async () => {
  const text = (await summary([{ bandwidthMbit: 350, rttMs: 20, status: "failed" }])).join("\n");
  expect(text).toContain("0 of 1 cells ok");
  expect(text).toContain("no attested cell that the thesis has, too");
  expect(text).toContain("sim (simulated), grid-bw350-rtt20-r1: failed: migration failed: synthetic reason");
});
