import { describe, expect, it } from "vitest";
import {
  aggregate,
  byExperiment,
  gridPoints as group,
  unshapedPoint,
  variantOf,
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

  it("are known no better than each was measured, however closely they agree", () => {
    const repeated = (...values: number[]) => {
      const [point] = gridPoints(values.map((value, index) => measured({ ...at, repeat: index + 1 }, value)));
      return point && aggregate(point, "m");
    };
    // Student's t of 95 % for 2 degrees of freedom is 4.303: 0.497 and 0.522 about a bound of 0.5.
    expect(repeated(10, 10.2, 10.4)).toMatchObject({ halfWidth: 0.5, interval: "bound" });
    expect(repeated(10, 10.21, 10.42)).toMatchObject({ interval: "t95" });
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

describe("points by experiment", () => {
  it("are each experiment's own, and of two that cover as much the first is taken", () => {
    const cells = ["b", "a"].flatMap((experiment) =>
      [20, 50].map((rttMs) => measured({ experiment, bandwidthMbit: 350, rttMs }, 1)),
    );
    const points = group(cells, ["a", "b"]);
    expect(byExperiment(points).map((own) => own.map(({ experiment }) => experiment))).toEqual([
      ["a", "a"],
      ["b", "b"],
    ]);
    expect(new Set(widestExperiment(points, "handover").map(({ experiment }) => experiment))).toEqual(
      new Set(["a"]),
    );
    const more = [...cells, measured({ experiment: "b", bandwidthMbit: 60, rttMs: 20 }, 1)];
    expect(widestExperiment(group(more, ["a", "b"]), "handover").map(({ experiment }) => experiment)).toEqual(
      ["b", "b", "b"],
    );
  });

  it("have a mean over those attested cells that have the metric", () => {
    const [point] = gridPoints([
      measured({ bandwidthMbit: 350, rttMs: 20 }, undefined),
      measured({ bandwidthMbit: 350, rttMs: 20, repeat: 2 }, 8),
    ]);
    expect(point && aggregate(point, "m")).toMatchObject({ mean: 8, n: 1 });
  });
});

describe("points of one link", () => {
  const at = { bandwidthMbit: 60, rttMs: 20 };
  const writing = (rateMiBPerS: number): MeasuredCell => {
    const cell = measured(at, 1);
    const workload = { ...cell.record.parameters.workload, writer: { rateMiBPerS, workingSetMiB: 16 } };
    return { ...cell, record: { ...cell.record, parameters: { ...cell.record.parameters, workload } } };
  };

  it("are apart where VM3 is written at different rates, in rising order, and are no points of the thesis's grid", () => {
    const points = gridPoints([writing(4), writing(0), measured(at, 1), writing(4)]);
    expect(points.map((point) => [point.setting, variantOf(point), point.ok.length])).toEqual([
      ["writing handover", "writer 0 MiB/s", 1],
      ["handover", undefined, 1],
      ["writing handover", "writer 4 MiB/s", 2],
    ]);
    expect(widestExperiment(points, "handover")).toHaveLength(1);
  });

  it("are told apart by mode and gap of a walk", () => {
    const [point] = gridPoints([measured(at, 1)]);
    if (point === undefined) throw new Error("no point");
    expect(variantOf({ ...point, walk: { mode: "full", gapS: 5 } })).toBe("full, gap 5 s");
    expect(variantOf({ ...point, walk: { mode: "full", gapS: 0 } })).toBe("full, gap 0 s");
    expect(variantOf({ ...point, walk: { mode: "backup", gapS: -2 } })).toBe("backup, overlap 2 s");
  });
});
