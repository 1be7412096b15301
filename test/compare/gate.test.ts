import { describe, expect, it } from "vitest";
import { compareWithPaper } from "../../src/compare/comparison.js";
import { demandKnown, failedGates, parseGate } from "../../src/compare/gate.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import { failureOf } from "../experiment/failure-of.js";
import { syntheticGrid, syntheticRecording } from "../record/synthetic.js";

const measured = await measureRun(syntheticRecording(syntheticGrid(1)));
const comparison = compareWithPaper({ measured, dir: "runs/x" }, await loadPaper());
const percentOf = (id: string): number =>
  100 *
  (comparison.metrics.find(({ metric }) => metric.id === id)?.agreement.meanAbsoluteRelativeError ?? NaN);

describe("a gate", () => {
  it("is read with or without spaces and the sign", () => {
    expect(parseGate("totalMigrationTimeS<=8")).toEqual({ metric: "totalMigrationTimeS", percent: 8 });
    expect(parseGate(" networkDowntimeMs <= 33.5 % ")).toEqual({
      metric: "networkDowntimeMs",
      percent: 33.5,
    });
  });

  it.each([
    "",
    "totalMigrationTimeS",
    "totalMigrationTimeS<8",
    "totalMigrationTimeS<=-1",
    "x<=1e3",
    "x<=NaN",
  ])("is refused: %j", (text) => {
    const failure = failureOf(() => parseGate(text));
    expect(failure.kind).toBe("usage");
    expect(failure.line).toContain("METRIC<=PERCENT");
  });

  it("on a metric that is not compared is a mistake, with the one that was meant", () => {
    const failure = failureOf(() => {
      demandKnown([{ metric: "totalMigrationTime", percent: 8 }], comparison);
    });
    expect(failure.exitCode).toBe(2);
    expect(failure.line).toContain("did you mean totalMigrationTimeS?");
  });

  it("holds up to its very percentage, and fails below with one line and exit code 5", () => {
    const percent = percentOf("totalMigrationTimeS");
    const gates = (allowed: number) =>
      failedGates([{ metric: "totalMigrationTimeS", percent: allowed }], comparison);
    expect(gates(Math.ceil(percent * 100) / 100)).toEqual([]);
    const [failure, ...more] = gates(Math.floor(percent));
    expect(more).toEqual([]);
    expect(failure?.exitCode).toBe(5);
    expect(failure?.lines).toEqual([
      `--gate totalMigrationTimeS<=${Math.floor(percent)}: the mean absolute relative error of netns beside thesis is ${percent.toFixed(2)} %, allowed: ${Math.floor(percent)} %`,
    ]);
  });

  it("does not hold where nothing could be compared", () => {
    const empty = { ...comparison, metrics: [] };
    expect(failedGates([{ metric: "totalMigrationTimeS", percent: 100 }], empty)).toHaveLength(1);
  });
});
