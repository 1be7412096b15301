import type { PointValue } from "../../src/compare/point.js";

/** A value at a point, with no error and of one cell unless said otherwise. */
export const point = (
  bandwidthMbit: number,
  rttMs: number,
  value: number,
  more: Partial<PointValue> = {},
): PointValue => ({
  experiment: "grid",
  setting: "handover",
  bandwidthMbit,
  rttMs,
  value,
  halfWidth: 0,
  n: 1,
  ...more,
});

/** A grid written as in the thesis: a row a bandwidth, a column an RTT. */
export const grid = (
  rttsMs: readonly number[],
  rows: Readonly<Record<number, readonly number[]>>,
  halfWidth = 0,
): PointValue[] =>
  Object.entries(rows).flatMap(([bandwidth, values]) =>
    values.map((value, index) => point(Number(bandwidth), rttsMs[index] ?? NaN, value, { halfWidth })),
  );
