import { eventMs } from "../../metric/events.js";
import { migrationWindow } from "../../metric/timeline.js";
import { durationMs } from "../../metric/window.js";
import { cellNotes } from "../cell-notes.js";
import { absent, type Figure } from "../contract.js";
import { clip, curve, pingCurve } from "../curve.js";
import { bandwidths, pointAt, representative } from "../grid.js";

/** RTT during migration from when the device first crosses the WAN, thesis section 4.6.2; T1 to T8 are the migrations. */
export const figures: readonly Figure[] = [20, 50, 100, 150].map((rttMs, index) => ({
  id: `fig-4-${index + 6}`,
  content(run) {
    const shown = [350, 60].flatMap((mbit, place) => {
      const point = pointAt(run, mbit, rttMs);
      const cell = point && representative(point);
      const originMs = cell && eventMs(cell, "DeviceAttached");
      if (cell === undefined || originMs === undefined || cell.series.ping.length === 0) return [];
      const style = bandwidths(run).indexOf(mbit);
      const points = clip(pingCurve(cell, originMs), 0, Infinity);
      const window = migrationWindow(cell);
      return [
        {
          cell,
          series: curve(cell, `${mbit} Mbit/s`, style, points),
          window: window && {
            label: `${mbit} Mbit/s: T${index * 2 + place + 1} = ${(durationMs(window) / 1000).toFixed(2)} s`,
            from: (window.startMs - originMs) / 1000,
            to: (window.endMs - originMs) / 1000,
            style,
          },
        },
      ];
    });
    if (shown.length === 0) return absent(`no cell at 350 or 60 Mbit/s and ${rttMs} ms has pings`);
    return {
      kind: "chart",
      thesis: `Fig. 4.${index + 6}`,
      title: `RTT during migration, initial RTT ${rttMs} ms`,
      x: { id: "timeS", title: "Time since the device reached VM3 over the WAN, s", scale: "linear" },
      y: { id: "rttMs", title: "RTT VM4 to VM3 (1 s ping), ms", scale: "linear" },
      series: shown.map(({ series }) => series),
      slots: [],
      windows: shown.flatMap(({ window }) => (window === undefined ? [] : [window])),
      notes: [
        "Arrows: the migrate command from start to end. A gap in a curve is a lost ping; after the migration the ping goes to the next address.",
        ...cellNotes(shown.map(({ cell }) => cell)),
      ],
    };
  },
}));
