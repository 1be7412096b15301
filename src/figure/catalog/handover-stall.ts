import { handoverModeSchema, type Walk } from "../../experiment/schema.js";
import { aggregate, type GridPoint } from "../../metric/aggregate.js";
import { barNotes, outcomeNotes } from "../cell-notes.js";
import type { Point, Series } from "../chart.js";
import { absent, type Figure } from "../contract.js";

const METRIC = "handoverStallMs";

/** What the modes are for: how much longer than the device without a network the application stands still. */
export const figure: Figure = {
  id: "handover-stall",
  settings: ["device handover"],
  content({ points }) {
    const walked = points.flatMap((point) => (point.walk === undefined ? [] : [{ point, walk: point.walk }]));
    const places = [
      ...new Set(walked.toSorted((a, b) => order(a.walk, b.walk)).map(({ walk }) => placeOf(walk))),
    ];
    const series = handoverModeSchema.options.flatMap((mode, style): Series[] => {
      const ofMode = walked.filter(({ walk }) => walk.mode === mode);
      const pointsOf = (stalls: (point: GridPoint) => Stall[]) =>
        ofMode.flatMap(({ point, walk }) =>
          stalls(point).map((stall) => ({ x: places.indexOf(placeOf(walk)), ...beyond(walk, stall) })),
        );
      return [
        { kind: "measured", label: mode, style, form: "marks", points: pointsOf(attestedStall) },
        { kind: "invalid", label: mode, style, form: "marks", points: pointsOf(otherStalls) },
      ];
    });
    const drawn = series.filter(({ points: marks }) => marks.length > 0);
    if (drawn.length === 0) return absent(`no cell has ${METRIC}`);
    return {
      kind: "chart",
      thesis: "Section 3.3",
      title: "Stall of the application in MPTCP's handover modes",
      x: { id: "between", title: "Between the two Wi-Fi networks", scale: "linear", places },
      y: { id: "stallBeyondGapMs", title: "Stall beyond the time without a network, ms", scale: "linear" },
      series: drawn,
      slots: [],
      windows: [],
      notes: [
        `${METRIC} less the time without any network: all of it where the networks overlap or 3G/4G goes on.`,
        ...barNotes(drawn),
        ...outcomeNotes(walked.map(({ point }) => point)),
      ],
    };
  },
};

type Stall = Pick<Point, "low" | "high" | "n"> & { readonly y: number };

function attestedStall(point: GridPoint): Stall[] {
  const found = aggregate(point, METRIC);
  if (found === undefined) return [];
  const { mean, halfWidth, n } = found;
  return [{ y: mean, low: Math.max(mean - halfWidth, 0), high: mean + halfWidth, n }];
}

const otherStalls = ({ invalid }: GridPoint): Stall[] =>
  invalid.flatMap(({ metrics }) => {
    const found = metrics.get(METRIC);
    return found === undefined ? [] : [{ y: found.value }];
  });

function beyond({ gapS, cellular }: Walk, { y, low, high, ...rest }: Stall): Stall {
  const withoutMs = cellular === undefined ? Math.max(gapS, 0) * 1000 : 0;
  // To the microsecond: below it is what floating point makes of two long times.
  const beyondMs = (ms: number) => Math.round((ms - withoutMs) * 1000) / 1000 + 0;
  return {
    ...rest,
    y: beyondMs(y),
    ...(low === undefined ? {} : { low: beyondMs(low) }),
    ...(high === undefined ? {} : { high: beyondMs(high) }),
  };
}

function placeOf({ gapS, cellular }: Walk): string {
  const apart = gapS < 0 ? `${-gapS} s overlap` : `${gapS} s`;
  return cellular === undefined ? apart : `${apart}, 3G/4G`;
}

/** Those with 3G/4G last, each by the gap. */
const order = (a: Walk, b: Walk): number =>
  Number(a.cellular !== undefined) - Number(b.cellular !== undefined) || a.gapS - b.gapS;
