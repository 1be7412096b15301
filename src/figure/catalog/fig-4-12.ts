import { eventMs } from "../../metric/events.js";
import { migrationWindow } from "../../metric/timeline.js";
import { cellNotes } from "../cell-notes.js";
import { absent, type Figure } from "../contract.js";
import { clip, curve, throughputBySecond } from "../curve.js";
import { pointAt, representative, rtts } from "../grid.js";

const BANDWIDTH_MBIT = 350;
/** The thesis starts the migration at the 10th second. */
const MIGRATION_AT_S = 10;
/** How much of slot E is shown after the slowest migration: the jump up, and no long plateau. */
const AFTER_S = 8;

export const figure: Figure = {
  id: "fig-4-12",
  content(run) {
    const shown = rtts(run).flatMap((rttMs, style) => {
      const point = pointAt(run, BANDWIDTH_MBIT, rttMs);
      const cell = point && representative(point);
      const window = cell && migrationWindow(cell);
      return cell === undefined || window === undefined ? [] : [{ cell, window, rttMs, style }];
    });
    if (shown.length === 0) return absent(`no migration at ${BANDWIDTH_MBIT} Mbit/s`);
    const longestS = Math.max(...shown.map(({ window }) => (window.endMs - window.startMs) / 1000));
    return {
      kind: "chart",
      thesis: "Fig. 4.12",
      title: `Throughput during migration, ${BANDWIDTH_MBIT} Mbit/s`,
      x: { id: "timeS", title: `Time, s (migration starts at ${MIGRATION_AT_S} s)`, scale: "linear" },
      y: { id: "throughputMbit", title: "Throughput VM4 to VM3, Mbit/s", scale: "linear" },
      series: shown.map(({ cell, window, rttMs, style }) => {
        const originMs = window.startMs - MIGRATION_AT_S * 1000;
        const points = throughputBySecond(cell, originMs, eventMs(cell, "DeviceAttached") ?? window.startMs);
        return curve(cell, `RTT ${rttMs} ms`, style, clip(points, 0, MIGRATION_AT_S + longestS + AFTER_S));
      }),
      slots: [],
      windows: shown.map(({ window, rttMs, style }) => ({
        label: `${rttMs} ms: ${((window.endMs - window.startMs) / 1000).toFixed(2)} s`,
        from: MIGRATION_AT_S,
        to: MIGRATION_AT_S + (window.endMs - window.startMs) / 1000,
        style,
      })),
      notes: [
        "Means over 1 s from when the device is on cloudlet 2. Arrows: the migrate command from start to end, one for each RTT.",
        ...cellNotes(shown.map(({ cell }) => cell)),
      ],
    };
  },
};
