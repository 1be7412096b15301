import { describe, expect, it } from "vitest";
import {
  aggregate,
  gridPoints as group,
  unshapedPoint,
  widestExperiment,
} from "../../src/metric/aggregate.js";
import { baselineCells } from "../record/synthetic-baseline.js";
import type { MeasuredCell } from "../../src/metric/compute.js";
import { type SyntheticCell, syntheticCell } from "../record/synthetic.js";

const gridPoints = (cells: readonly MeasuredCell[]) => group(cells, ["grid", "handover"]);

function measured(cell: SyntheticCell, value: number | undefined): MeasuredCell {
  const metrics = new Map(value === undefined ? [] : [["m", { value, errorBound: 0.5 }] as const]);
  return { ...syntheticCell(cell), metrics };
}

describe("repetitions of a grid point", () => {
  const at = { bandwidthMbit: 350, rttMs: 20 };

  it("give mean, n and the half-width of Student's 95 % interval", () => {
    const [point] = gridPoints(
      [10, 12, 14].map((value, index) => measured({ ...at, repeat: index + 1 }, value)),
    );
    if (point === undefined) throw new Error("no point");
    const result = aggregate(point, "m");
    expect(result).toMatchObject({ mean: 12, n: 3 });
    expect(result?.halfWidth).toBeCloseTo(4.9683, 4);
  });

  it("have a median that one far value does not move", () => {
    const [point] = gridPoints(
      [10, 11, 90].map((value, index) => measured({ ...at, repeat: index + 1 }, value)),
    );
    expect(point && aggregate(point, "m")).toMatchObject({ mean: 37, median: 11, interval: "t95" });
  });

  it("keep the metric's own bound where all values are equal: that they are is no proof of certainty", () => {
    const [point] = gridPoints([10, 10].map((value, index) => measured({ ...at, repeat: index + 1 }, value)));
    expect(point && aggregate(point, "m")).toMatchObject({ n: 2, halfWidth: 0.5, interval: "bound" });
  });

  it("leave invalid and failed cells out of the mean, and keep them at hand", () => {
    const [point] = gridPoints([
      measured(at, 10),
      measured({ ...at, repeat: 2, status: "invalid" }, 99),
      measured({ ...at, repeat: 3, status: "failed" }, undefined),
    ]);
    if (point === undefined) throw new Error("no point");
    expect(aggregate(point, "m")).toEqual({
      mean: 10,
      median: 10,
      n: 1,
      halfWidth: 0.5,
      interval: "bound",
    });
    expect([point.invalid.length, point.failed.length]).toEqual([1, 1]);
    expect(aggregate(point, "other")).toBeUndefined();
  });

  it("come in a fixed order, however the cells were shuffled", () => {
    const cells = [
      measured({ bandwidthMbit: 60, rttMs: 20 }, 1),
      measured({ bandwidthMbit: 350, rttMs: 100 }, 1),
      measured({ bandwidthMbit: 350, rttMs: 20, repeat: 2 }, 1),
      measured({ bandwidthMbit: 350, rttMs: 20, repeat: 1 }, 1),
    ];
    const order = gridPoints(cells).map(({ rateBps, rttMs, ok }) => [
      (rateBps ?? NaN) / 1e6,
      rttMs,
      ok.map(({ record }) => record.repeat),
    ]);
    expect(order).toEqual([
      [350, 20, [1, 2]],
      [350, 100, [1]],
      [60, 20, [1]],
    ]);
  });

  it("of different experiments stay apart", () => {
    const points = gridPoints([measured({ ...at, experiment: "handover" }, 2), measured(at, 1)]);
    expect(points.map(({ experiment }) => experiment)).toEqual(["grid", "handover"]);
  });
});

describe("the experiment that spans the plane", () => {
  const baseline = baselineCells(1).map((cell) => ({ ...cell, metrics: new Map() }));
  const cells = [
    ...baseline,
    measured({ bandwidthMbit: 350, rttMs: 20 }, 1),
    measured({ bandwidthMbit: 60, rttMs: 20 }, 1),
  ];

  it("is one of the setting, however many points another has", () => {
    const points = gridPoints(cells);
    expect(widestExperiment(points, "handover").map(({ experiment }) => experiment)).toEqual([
      "grid",
      "grid",
    ]);
    expect(widestExperiment(points, "throughput").map(({ rttMs }) => rttMs)).toEqual([
      5, 10, 20, 50, 100, 150,
    ]);
  });

  it("is none where the setting has only unshaped links, which are points of their own", () => {
    const points = gridPoints(cells);
    expect(widestExperiment(points, "idle migration")).toEqual([]);
    expect(unshapedPoint(points, "idle migration")?.experiment).toBe("baseline-migration");
    expect(unshapedPoint(points, "loaded migration")?.experiment).toBe("baseline-migration-loaded");
    expect(unshapedPoint(points, "handover")).toBeUndefined();
  });
});
