import { expect, it } from "vitest";
import { walkSequence } from "../../../src/figure/sequence/walk-sequence.js";
import { computeMetrics } from "../../../src/metric/compute.js";
import type { SignalSample } from "../../../src/record/series.js";
import { walkCell } from "../../record/synthetic-walk.js";

const PATH = "10.1.1.14>10.1.1.15";

/** Labels of the arrows of a walk with these signals. */
function messages(signals: readonly Partial<SignalSample>[]): string[] {
  const cell = computeMetrics(walkCell(), []);
  const signal = signals.map((told): SignalSample => ({
    tMs: 0,
    connection: "data",
    sender: "vm3",
    path: PATH,
    signal: "DATA_FIN",
    detail: "",
    ...told,
  }));
  const walk = { mode: "full", gapS: 2 } as const;
  const { rows } = walkSequence({ ...cell, series: { ...cell.series, signal } }, walk, "Fig. 3.6");
  return rows.flatMap((row) => (row.kind === "message" ? [`${row.step} ${row.label}`] : []));
}

it("draws a signal that every packet repeats once, with how often it came", () => {
  expect(messages([{ tMs: 0 }, { tMs: 300 }, { tMs: 700 }])).toEqual(["1 DATA_FIN, 3 times in 700 ms"]);
});

it("draws a signal that is sent again after a pause again", () => {
  expect(messages([{ tMs: 0 }, { tMs: 1000 }])).toEqual(["1 DATA_FIN", "2 DATA_FIN"]);
});

it.each<[string, Partial<SignalSample>]>([
  ["sender", { sender: "device" }],
  ["path", { path: "10.1.2.18>10.1.1.15" }],
  ["signal", { signal: "MP_FASTCLOSE" }],
  ["detail", { detail: "address 2" }],
])("keeps signals apart that differ in %s", (_, other) => {
  expect(messages([{}, { tMs: 1, ...other }, { tMs: 2 }])).toHaveLength(2);
});
