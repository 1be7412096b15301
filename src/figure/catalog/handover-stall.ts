import { handoverModeSchema } from "../../experiment/schema.js";
import { aggregate, type GridPoint } from "../../metric/aggregate.js";
import { barNotes, outcomeNotes } from "../cell-notes.js";
import type { Point, Series } from "../chart.js";
import { absent, type Figure } from "../contract.js";

const METRIC = "handoverStallMs";

/** What the modes are for: the stall of the application over the time without Wi-Fi. */
export const figure: Figure = {
  id: "handover-stall",
  scenarios: ["device-handover"],
  content({ points }) {
    const walks = points.filter(({ walk }) => walk !== undefined);
    const series = [false, true].flatMap((cellular) =>
      handoverModeSchema.options.map((mode, style): Series => {
        const ofMode = walks.filter(
          ({ walk }) => walk?.mode === mode && (walk.cellular !== undefined) === cellular,
        );
        return {
          kind: "measured",
          label: cellular ? `${mode}, 3G/4G beside it` : mode,
          style: cellular ? style + handoverModeSchema.options.length : style,
          form: "marks",
          points: ofMode.flatMap(stallAt),
        };
      }),
    );
    const drawn = series.filter(({ points: marks }) => marks.length > 0);
    if (drawn.length === 0) return absent(`no attested cell has ${METRIC}`);
    return {
      kind: "chart",
      thesis: "Section 3.3",
      title: "Stall of the application in MPTCP's handover modes",
      x: { id: "gapS", title: "Time without Wi-Fi, s", scale: "linear" },
      y: { id: METRIC, title: "Longest stall of the flow, ms", scale: "linear" },
      series: drawn,
      slots: [],
      windows: [],
      notes: [...barNotes(drawn), ...outcomeNotes(walks)],
    };
  },
};

/** Overlapping networks have no time without Wi-Fi to stand at. */
function stallAt(point: GridPoint): Point[] {
  const gapS = point.walk?.gapS ?? -1;
  const found = aggregate(point, METRIC);
  if (found === undefined || gapS < 0) return [];
  const { mean, halfWidth, n } = found;
  return [{ x: gapS, y: mean, low: Math.max(mean - halfWidth, 0), high: mean + halfWidth, n }];
}
