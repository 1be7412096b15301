import { eventMs } from "../../metric/events.js";
import { migrationWindow, slotNames, slots } from "../../metric/timeline.js";
import { durationMs } from "../../metric/window.js";
import { cellNotes } from "../cell-notes.js";
import { absent, type Figure } from "../contract.js";
import { curve, throughputCurve } from "../curve.js";
import { handoverCell } from "../grid.js";
import { linkTitle } from "../link-title.js";

/** The device's throughput through a whole handover, thesis section 4.5. */
export const figure: Figure = {
  id: "fig-4-3",
  content(run) {
    const cell = handoverCell(run);
    if (cell === undefined) return absent("no handover of the run came to its end");
    const originMs = eventMs(cell, "ProbesStarted") ?? 0;
    const seconds = (tMs: number) => (tMs - originMs) / 1000;
    const migration = migrationWindow(cell);
    const points = throughputCurve(cell, "device", originMs);
    if (points.length === 0) return absent("the cell has no iperf samples");
    const found = slots(cell);
    const lengths = slotNames.flatMap((name) => {
      const slot = found[name];
      return slot === undefined
        ? []
        : [{ name, slot, text: `${name} ${(durationMs(slot) / 1000).toFixed(1)} s` }];
    });
    const printed = run.paper.figures
      .filter(({ figure: number, quantity }) => number === "4.3" && quantity.startsWith("slot"))
      .map(({ quantity, value, unit }) => `${quantity} ${value} ${unit}`);
    return {
      kind: "chart",
      thesis: "Fig. 4.3",
      title: `Throughput of the device through a handover, ${linkTitle(cell)}`,
      x: { id: "timeS", title: "Time since the probes started, s", scale: "linear" },
      y: { id: "throughputMbit", title: "Throughput VM4 to VM3, Mbit/s", scale: "linear" },
      series: [curve(cell, "", 0, points)],
      slots: lengths.map(({ name, slot }) => ({
        label: name,
        from: seconds(slot.startMs),
        to: seconds(slot.endMs),
      })),
      windows:
        migration === undefined
          ? []
          : [
              {
                label: `migration ${(durationMs(migration) / 1000).toFixed(2)} s`,
                from: seconds(migration.startMs),
                to: seconds(migration.endMs),
                style: 1,
              },
            ],
      notes: [
        `Slots: ${lengths.map(({ text }) => text).join(", ")} (thesis: ${printed.join(", ")}). ` +
          "A on cloudlet 1, B between cloudlets, C over the WAN, D no data for the application, E on cloudlet 2.",
        ...cellNotes([cell]),
      ],
    };
  },
};
