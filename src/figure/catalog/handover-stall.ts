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
      handoverModeSchema.options.flatMap((mode, index): Series[] => {
        const ofMode = walks.filter(
          ({ walk }) => walk?.mode === mode && (walk.cellular !== undefined) === cellular,
        );
        const label = cellular ? `${mode}, cellular` : mode;
        const style = cellular ? index + handoverModeSchema.options.length : index;
        return [
          { kind: "measured", label, style, form: "marks", points: ofMode.flatMap(attestedStall) },
          {
            kind: "invalid",
            label: `${label}, not attested`,
            style,
            form: "marks",
            points: ofMode.flatMap(otherStalls),
          },
        ];
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
const isApart = ({ walk }: GridPoint): boolean => (walk?.gapS ?? -1) >= 0;

function attestedStall(point: GridPoint): Point[] {
  const found = aggregate(point, METRIC);
  if (found === undefined || !isApart(point)) return [];
  const { mean, halfWidth, n } = found;
  return [
    { x: point.walk?.gapS ?? 0, y: mean, low: Math.max(mean - halfWidth, 0), high: mean + halfWidth, n },
  ];
}

const otherStalls = (point: GridPoint): Point[] =>
  !isApart(point)
    ? []
    : point.invalid.flatMap(({ metrics }) => {
        const found = metrics.get(METRIC);
        return found === undefined ? [] : [{ x: point.walk?.gapS ?? 0, y: found.value }];
      });
