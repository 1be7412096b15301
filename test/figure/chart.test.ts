import { expect, it } from "vitest";
import { chartRows, rounded } from "../../src/figure/chart.js";

it("a chart's rows are its slots, windows and points in order, without gaps in curves", () => {
  const rows = chartRows({
    kind: "chart",
    thesis: "Fig. 0",
    title: "t",
    x: { id: "timeS", title: "", scale: "linear" },
    y: { id: "rttMs", title: "", scale: "linear" },
    slots: [{ label: "A", from: 0, to: 1 }],
    windows: [{ label: "T", from: 1, to: 2, style: 0 }],
    series: [
      {
        kind: "measured",
        label: "one",
        style: 0,
        form: "curve",
        points: [
          { x: 0, y: 1, low: 0.5, high: 1.5, n: 3 },
          { x: 1, y: null },
        ],
      },
    ],
    notes: ["not a row"],
  });
  expect(rows).toEqual([
    ["kind", "label", "timeS", "timeSEnd", "rttMs", "rttMsLow", "rttMsHigh", "n"],
    ["slot", "A", 0, 1, null, null, null, null],
    ["window", "T", 1, 2, null, null, null, null],
    ["measured", "one", 0, null, 1, 0.5, 1.5, 3],
  ]);
});

it("a chart's rows name the places of an axis that has no amounts", () => {
  const rows = chartRows({
    kind: "chart",
    thesis: "Fig. 0",
    title: "t",
    x: { id: "between", title: "", scale: "linear", places: ["overlap", "apart"] },
    y: { id: "stallMs", title: "", scale: "linear" },
    slots: [],
    windows: [],
    series: [{ kind: "measured", label: "full", style: 0, form: "marks", points: [{ x: 1, y: 200, n: 1 }] }],
    notes: [],
  });
  expect(rows[1]).toEqual(["measured", "full", "apart", null, 200, null, null, 1]);
});

it("numbers are rounded to what a measurement can say", () => {
  expect(rounded(0.1 + 0.2)).toBe(0.3);
  expect(rounded(123456789.123)).toBe(123456789);
  expect(rounded(undefined)).toBeNull();
});
