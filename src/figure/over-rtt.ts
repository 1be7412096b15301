import { aggregate, type GridPoint } from "../metric/aggregate.js";
import { printedValues } from "../paper/paper.js";
import { barNotes, outcomeNotes } from "./cell-notes.js";
import type { Axis, Chart, Point, Series } from "./chart.js";
import { absent, type Absent, type FigureSource } from "./contract.js";
import { bandwidthMbit, bandwidths, grid, NO_GRID } from "./grid.js";

export interface OverRtt {
  readonly thesis: string;
  readonly title: string;
  /** What is drawn; its id is the y axis's column. */
  readonly metric: string;
  /** Axis title with unit. */
  readonly y: string;
  readonly scale?: Axis["scale"];
  /** Only these bandwidths, as in the thesis's figure; all where left out. */
  readonly bandwidthsMbit?: readonly number[];
  readonly notes?: readonly string[];
}

/** A metric over the RTT added between the cloudlets, one series per bandwidth, the thesis's values beside. */
export function overRtt(run: FigureSource, declared: OverRtt): Chart | Absent {
  if (grid(run).length === 0) return absent(NO_GRID);
  const wanted = bandwidths(run).filter((mbit) => declared.bandwidthsMbit?.includes(mbit) ?? true);
  const points = grid(run).filter((point) => wanted.includes(bandwidthMbit(point)));
  const printed = printedValues(run.paper, declared.metric);
  const series = wanted.flatMap((mbit) => {
    const ofBandwidth = points.filter((point) => bandwidthMbit(point) === mbit);
    const style = bandwidths(run).indexOf(mbit);
    const common = { style, form: "marks" as const };
    return [
      {
        ...common,
        kind: "measured" as const,
        label: `${mbit} Mbit/s`,
        points: ofBandwidth.flatMap((point) => meanPoint(point, declared.metric)),
      },
      {
        ...common,
        kind: "invalid" as const,
        label: `${mbit} Mbit/s, not attested`,
        points: ofBandwidth.flatMap((point) => invalidPoints(point, declared.metric)),
      },
      {
        ...common,
        kind: "paper" as const,
        label: `${mbit} Mbit/s, thesis`,
        points: printed
          .filter((value) => value.bandwidthMbit === mbit)
          .map(({ rttMs, value }) => ({ x: rttMs, y: value })),
      },
    ].filter(({ points: drawn }) => drawn.length > 0) satisfies Series[];
  });
  if (!series.some(({ kind }) => kind !== "paper")) {
    return absent(`no cell of the run has ${declared.metric}`);
  }
  const xs = series.flatMap(({ points: drawn }) => drawn.map(({ x }) => x));
  const places = [
    ...new Set(printed.filter(({ bandwidthMbit: mbit }) => wanted.includes(mbit)).map(({ place }) => place)),
  ];
  return {
    kind: "chart",
    thesis: declared.thesis,
    title: declared.title,
    x: {
      id: "rttMs",
      title: "RTT added between the cloudlets, ms",
      ticks: [...new Set([0, ...xs])].sort((a, b) => a - b),
      scale: "linear",
    },
    y: { id: declared.metric, title: declared.y, scale: declared.scale ?? "linear" },
    series,
    slots: [],
    windows: [],
    notes: [
      ...barNotes(series),
      ...(series.some(({ kind }) => kind === "paper") ? [`Grey: ${places.join(", ")}.`] : []),
      ...(declared.notes ?? []),
      ...outcomeNotes(points),
    ],
  };
}

function meanPoint(point: GridPoint, metric: string): Point[] {
  const found = aggregate(point, metric);
  if (found === undefined) return [];
  const { mean, halfWidth, n } = found;
  return [{ x: point.rttMs, y: mean, low: mean - halfWidth, high: mean + halfWidth, n }];
}

function invalidPoints(point: GridPoint, metric: string): Point[] {
  return point.invalid.flatMap(({ metrics }) => {
    const estimate = metrics.get(metric);
    return estimate === undefined ? [] : [{ x: point.rttMs, y: estimate.value, n: 1 }];
  });
}
