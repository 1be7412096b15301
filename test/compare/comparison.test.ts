import { describe, expect, it } from "vitest";
import { compareRuns, compareWithPaper } from "../../src/compare/comparison.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import type { RunRecord } from "../../src/record/schema.js";
import { type SyntheticCell, syntheticGrid, syntheticRecording, syntheticRun } from "../record/synthetic.js";
import { baselineCells, syntheticThesisRun } from "../record/synthetic-baseline.js";

const paper = await loadPaper();

const named = async (cells: readonly SyntheticCell[], run: RunRecord = syntheticRun()) => ({
  measured: await measureRun(syntheticRecording(cells, run)),
  dir: `runs/${run.runId}`,
});

const metric = (comparison: ReturnType<typeof compareWithPaper>, id: string) => {
  const found = comparison.metrics.find((candidate) => candidate.metric.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

describe("a run beside the thesis", () => {
  it("has every number that the thesis printed for its grid, once", async () => {
    const comparison = compareWithPaper(await named(syntheticGrid(2)), paper);
    expect(comparison.metrics.map(({ metric: { id }, rows }) => [id, rows.length])).toEqual([
      ["totalMigrationTimeS", 12],
      ["networkDowntimeMs", 12],
      ["applicationDowntimeMs", 1],
      ["throughputDuringMigrationMbit", 2],
      ["migrationGoodputMbit", 1],
      ["migrationAverageWindowKiB", 1],
    ]);
    expect(comparison.reference).toEqual({ label: "thesis", run: null, leftOut: [] });
    expect(comparison.notes).toEqual(["Only in thesis: idle migration unshaped, loaded migration unshaped."]);
  });

  it("has Table 4.3 and the migrations of section 4.4, over the unshaped link", async () => {
    const run = syntheticThesisRun(baselineCells(2), syntheticGrid(1));
    const comparison = compareWithPaper({ measured: await measureRun(run), dir: "runs/x" }, paper);
    const unshaped = comparison.metrics.flatMap(({ metric: { id }, rows }) =>
      rows
        .filter(({ run: ours }) => ours.bandwidthMbit === null)
        .map((row) => [id, row.run.experiment, row.printed]),
    );
    expect(unshaped).toEqual([
      ["totalMigrationTimeS", "baseline-migration", 10.67],
      ["totalMigrationTimeS", "baseline-migration-loaded", 11.16],
      ["networkDowntimeMs", "baseline-migration", 243.46],
      ["networkDowntimeMs", "baseline-migration-loaded", 244.8],
      ["migrationGoodputMbit", "baseline-migration", 197.19],
      ["cloudletsRttMs", "baseline-throughput", 0.382],
      ["cloudletsThroughputMbit", "baseline-throughput", 627],
      ["deviceRttMs", "baseline-throughput", 0.392],
      ["deviceThroughputMbit", "baseline-throughput", 160],
    ]);
    expect(metric(comparison, "totalMigrationTimeS")).toMatchObject({
      places: ["Table 4.9, p. 83", "section 4.4"],
      agreement: { n: 14 },
    });
    expect(comparison.notes).toEqual([]);
  });

  it("judges the claims of section 4.4 from the baseline alone", async () => {
    const recording = syntheticThesisRun(baselineCells(1), []);
    const { claims } = compareWithPaper({ measured: await measureRun(recording), dir: "runs/x" }, paper);
    const tested = claims.flatMap(({ id, verdicts }) =>
      verdicts.some(({ side, verdict }) => side === "netns" && verdict === "holds") ? [id] : [],
    );
    expect(tested).toEqual([
      "tcp-throughput-falls-with-rtt",
      "loaded-migration-takes-longer",
      "throughput-drops-once-migration-starts",
    ]);
  });

  it("takes the mean over repetitions, and its confidence", async () => {
    const run = await named(syntheticGrid(3));
    const [row] = metric(compareWithPaper(run, paper), "totalMigrationTimeS").rows;
    const values = run.measured.cells
      .filter(({ record }) => record.id.startsWith("grid-bw350-rtt20-"))
      .map(({ metrics }) => metrics.get("totalMigrationTimeS")?.value ?? NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / 3;
    expect(values).toHaveLength(3);
    expect(row?.run).toMatchObject({ bandwidthMbit: 350, rttMs: 20, n: 3 });
    expect(row?.run.value).toBeCloseTo(mean, 9);
    expect(row?.run.halfWidth).toBeGreaterThan(0);
    expect(row?.printed).toBe(14);
    expect(row?.relativeResidual).toBeCloseTo(mean / 14 - 1, 9);
  });

  it("leaves invalid and failed cells out with their reasons, and says which points it then lacks", async () => {
    const cells: SyntheticCell[] = [
      { bandwidthMbit: 350, rttMs: 20 },
      { bandwidthMbit: 350, rttMs: 50, status: "invalid" },
      { bandwidthMbit: 60, rttMs: 20, status: "failed" },
      { bandwidthMbit: 350, rttMs: 35 },
    ];
    const comparison = compareWithPaper(await named(cells), paper);
    expect(metric(comparison, "totalMigrationTimeS").rows.map(({ run }) => run.rttMs)).toEqual([20]);
    expect(comparison.run.leftOut).toEqual([
      {
        cell: "grid-bw350-rtt50-r1",
        status: "invalid",
        reasons: expect.arrayContaining([expect.stringContaining("280.0 Mbit/s")]) as string[],
      },
      { cell: "grid-bw60-rtt20-r1", status: "failed", reasons: ["migration failed: synthetic reason"] },
    ]);
    expect(comparison.notes).toEqual([
      "Only in netns: grid 350 Mbit/s × 35 ms.",
      expect.stringMatching(/^Only in thesis: 350 Mbit\/s × 50 ms, .* and 7 more\.$/),
    ]);
  });

  it("judges each claim by the run, and by the thesis's numbers where there are any", async () => {
    const { claims } = compareWithPaper(await named(syntheticGrid(1)), paper);
    const sides = (id: string) =>
      claims.find((claim) => claim.id === id)?.verdicts.map(({ side, verdict }) => `${side}: ${verdict}`);
    expect(sides("throughput-falls-with-rtt")).toEqual(["thesis: holds", "netns: holds"]);
    expect(sides("delta-rtt-falls")).toEqual([expect.stringMatching(/^netns: /)]);
  });
});

describe("a run beside a run", () => {
  it("pairs the cells of each experiment, whichever testbeds made them", async () => {
    const simulated = await named(syntheticGrid(1), syntheticRun("simulation"));
    const real = await named(syntheticGrid(2));
    const comparison = compareRuns(simulated, real, paper);
    expect([comparison.run.label, comparison.reference.label]).toEqual(["sim (simulated)", "netns"]);
    const { rows } = metric(comparison, "totalMigrationTimeS");
    expect(rows).toHaveLength(13);
    expect(rows[0]).toMatchObject({ run: { experiment: "grid", n: 1 }, reference: { n: 2 }, printed: 14 });
    expect(rows.at(-1)?.run.experiment).toBe("handover");
    expect(comparison.metrics.map(({ metric: { id } }) => id)).toEqual([
      "totalMigrationTimeS",
      "networkDowntimeMs",
      "hypervisorDowntimeMs",
      "applicationDowntimeMs",
      "meanRttDuringMigrationMs",
      "deltaRttMs",
      "throughputDuringMigrationMbit",
      "migrationGoodputMbit",
      "migrationAverageWindowKiB",
    ]);
  });

  it("judges each of the two by the thesis as well as by the other", async () => {
    const simulated = await named(syntheticGrid(1), syntheticRun("simulation"));
    const real = await named(syntheticGrid(2));
    const compared = metric(compareRuns(simulated, real, paper), "totalMigrationTimeS");
    const alone = [simulated, real].map((run) => metric(compareWithPaper(run, paper), "totalMigrationTimeS"));
    expect(compared.besideThesis).toEqual([
      { side: "sim (simulated)", agreement: alone[0]?.agreement },
      { side: "netns", agreement: alone[1]?.agreement },
    ]);
    expect(alone[0]?.besideThesis).toEqual([]);
  });

  it("agrees wholly with itself", async () => {
    const run = await named(syntheticGrid(1));
    const { metrics, notes } = compareRuns(run, run, paper);
    for (const { agreement } of metrics) {
      expect(agreement).toMatchObject({ meanAbsoluteRelativeError: 0 });
      expect(agreement.rankCorrelation).toBeCloseTo(1, 9);
    }
    expect(metrics[0]?.agreement.n).toBe(13);
    expect(notes).toEqual([]);
  });

  it("tells two runs of one testbed apart by profile, else by id", async () => {
    const cells = [{ bandwidthMbit: 350, rttMs: 20 }];
    const run = syntheticRun();
    const modern = { ...run, profile: { ...run.profile, name: "modern" } };
    const labels = async (other: RunRecord) => {
      const comparison = compareRuns(await named(cells, run), await named(cells, other), paper);
      return [comparison.run.label, comparison.reference.label];
    };
    expect(await labels(modern)).toEqual(["thesis-2014", "modern"]);
    expect(await labels({ ...run, runId: "other" })).toEqual(["synthetic-1", "other"]);
  });

  it("pairs by the link alone where each has one experiment under another name", async () => {
    const run = syntheticRun();
    const [first] = run.experiments;
    if (first === undefined) throw new Error("no experiment");
    const lone = (name: string): RunRecord => ({ ...run, experiments: [{ ...first, name }] });
    const cell = { bandwidthMbit: 350, rttMs: 20 };
    const comparison = compareRuns(
      await named([{ ...cell, experiment: "grid" }], lone("grid")),
      await named([{ ...cell, experiment: "mine" }], lone("mine")),
      paper,
    );
    expect(metric(comparison, "totalMigrationTimeS").rows).toHaveLength(1);
    expect(comparison.notes).toEqual(["Experiment grid differs: named grid beside mine."]);
  });

  it("says what the runs were not asked the same", async () => {
    const run = syntheticRun();
    const [first, ...rest] = run.experiments;
    if (first === undefined) throw new Error("no experiment");
    const other: RunRecord = {
      ...run,
      profile: {
        ...run.profile,
        name: "other",
        link: { ...run.profile.link, limitPackets: { value: 500, source: "another" } },
      },
      experiments: [{ ...first, guest: { ...first.guest, memoryMiB: 512 } }, ...rest],
    };
    const cells = [{ bandwidthMbit: 350, rttMs: 20 }];
    expect(compareRuns(await named(cells, run), await named(cells, other), paper).notes).toEqual([
      'The profiles differ, thesis-2014 beside other: link.limitPackets "fit" beside 500.',
      "Experiment grid differs: guest.memoryMiB 2048 beside 512.",
    ]);
  });
});
