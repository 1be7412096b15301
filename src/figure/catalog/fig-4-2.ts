import { flowWindow, migrationWindow } from "../../metric/timeline.js";
import { durationMs } from "../../metric/window.js";
import { cellNotes } from "../cell-notes.js";
import { absent, type Figure } from "../contract.js";
import { curve, throughputCurve } from "../curve.js";
import { representative } from "../grid.js";
import { linkTitle } from "../link-title.js";

/** The cloudlets' own flow before, during and after a migration in the other direction, thesis section 4.4. */
export const figure: Figure = {
  id: "fig-4-2",
  content(run) {
    const loaded = run.points.filter(({ setting }) => setting === "loaded migration");
    const cell = loaded.map(representative).find((found) => found !== undefined);
    if (cell === undefined) return absent("no migration beside the cloudlets' own flow came to its end");
    const flow = flowWindow(cell, "cloudlets");
    const points = flow === undefined ? [] : throughputCurve(cell, "cloudlets", flow.startMs);
    if (flow === undefined || points.length === 0) {
      return absent("the cell has no iperf samples of the cloudlets");
    }
    const seconds = (tMs: number) => (tMs - flow.startMs) / 1000;
    const migration = migrationWindow(cell);
    const printed = run.paper.figures.filter(({ figure: number }) => number === "4.2");
    const rate = printed.find(({ unit }) => unit === "Mbit/s");
    const time = printed.find(({ unit }) => unit === "s");
    return {
      kind: "chart",
      thesis: "Fig. 4.2",
      title: `Throughput VM2 to VM1 beside a migration, ${linkTitle(cell)}`,
      x: { id: "timeS", title: "Time since the flow started, s", scale: "linear" },
      y: { id: "throughputMbit", title: "Throughput VM2 to VM1, Mbit/s", scale: "linear" },
      series: [
        curve(cell, "", 0, points),
        ...(rate === undefined
          ? []
          : [
              {
                kind: "paper" as const,
                label: `thesis, ${rate.value} ${rate.unit}`,
                style: 0,
                form: "curve" as const,
                points: [0, seconds(flow.endMs)].map((x) => ({ x, y: rate.value })),
              },
            ]),
      ],
      slots: [],
      windows:
        migration === undefined
          ? []
          : [
              {
                label: `T = ${(durationMs(migration) / 1000).toFixed(2)} s`,
                from: seconds(migration.startMs),
                to: seconds(migration.endMs),
                style: 1,
              },
            ],
      notes: [
        "T: the migrate command from start to end, VM1 to VM2, against the direction of the flow.",
        ...(rate === undefined || time === undefined
          ? []
          : [
              `Thesis: T = ${time.value} ${time.unit}; grey, its ${rate.value} ${rate.unit} with nothing else on the path (Table 4.3).`,
            ]),
        ...cellNotes([cell]),
      ],
    };
  },
};
