import { aggregate, type GridPoint, widestExperiment } from "../../metric/aggregate.js";
import { barNotes, outcomeNotes } from "../cell-notes.js";
import type { Point, Series } from "../chart.js";
import { absent, type Figure } from "../contract.js";

const THROUGHPUT = "cloudletsThroughputMbit";
const RTT = "cloudletsRttMs";
const WINDOW = "cloudletsEffectiveWindowKiB";
/** Points of the formula's line between its ends. */
const STEPS = 100;

/** TCP throughput between the cloudlets over their RTT, beside what equation 3.7 gives for the window asked for. */
export const figure: Figure = {
  id: "fig-3-10",
  content(run) {
    const points = widestExperiment(run.points, "throughput");
    const measured = points.flatMap(meanPoint);
    const invalid = points.flatMap(invalidPoints);
    const xs = [...measured, ...invalid].map(({ x }) => x);
    const asked = askedWindowKiB(points);
    if (xs.length === 0 || asked === undefined) {
      return absent("no cell measures the throughput between the cloudlets over a shaped link");
    }
    const series: Series[] = [
      { kind: "measured", label: "this run", style: 0, form: "marks", points: measured },
      { kind: "invalid", label: "not attested", style: 0, form: "marks", points: invalid },
      {
        kind: "formula",
        label: `${asked} KiB / RTT`,
        style: 0,
        form: "curve",
        points: throughputFormula(asked, Math.min(...xs), Math.max(...xs)),
      },
    ];
    const windows = points.flatMap((point) => aggregate(point, WINDOW)?.mean ?? []);
    const span = [Math.min(...windows), Math.max(...windows)].map((kiB) => kiB.toFixed(1));
    return {
      kind: "chart",
      thesis: "Fig. 3.10",
      title: "TCP throughput between the cloudlets over RTT",
      x: { id: RTT, title: "RTT VM2 to VM1 with nothing else on the link, ms", scale: "linear" },
      y: { id: THROUGHPUT, title: "Throughput VM2 to VM1, Mbit/s", scale: "wide" },
      series: series.filter(({ points: drawn }) => drawn.length > 0),
      slots: [],
      windows: [],
      notes: [
        `Dashed: equation 3.7 with the ${asked} KiB that iperf asked for (-w), no measurement. The thesis prints no values of this figure.`,
        ...(windows.length > 0
          ? [`Effective window, throughput × RTT: ${[...new Set(span)].join(" to ")} KiB.`]
          : []),
        ...barNotes(series),
        ...outcomeNotes(points),
      ],
    };
  },
};

/** One window, as all points are of one experiment. */
const askedWindowKiB = (points: readonly GridPoint[]): number | undefined =>
  points
    .flatMap(({ ok, invalid }) => [...ok, ...invalid])
    .map(({ record }) => record.parameters.workload.windowKiB)[0];

/** Equation 3.7, Mbit/s over ms. */
function throughputFormula(windowKiB: number, fromMs: number, toMs: number): Point[] {
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const x = fromMs + ((toMs - fromMs) * step) / STEPS;
    return { x, y: (windowKiB * 1024 * 8) / 1000 / x };
  });
}

function meanPoint(point: GridPoint): Point[] {
  const [rtt, throughput] = [aggregate(point, RTT), aggregate(point, THROUGHPUT)];
  if (rtt === undefined || throughput === undefined) return [];
  const { mean, halfWidth, n } = throughput;
  return [{ x: rtt.mean, y: mean, low: mean - halfWidth, high: mean + halfWidth, n }];
}

function invalidPoints(point: GridPoint): Point[] {
  return point.invalid.flatMap(({ metrics }) => {
    const [rtt, throughput] = [metrics.get(RTT), metrics.get(THROUGHPUT)];
    return rtt === undefined || throughput === undefined ? [] : [{ x: rtt.value, y: throughput.value, n: 1 }];
  });
}
