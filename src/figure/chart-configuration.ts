import type {
  ChartConfiguration,
  ChartDataset,
  LegendItem,
  Plugin,
  Scale,
  ScaleOptionsByType,
} from "chart.js";
import type {} from "chartjs-chart-error-bars";
import type {} from "chartjs-plugin-annotation";
import type { Caption } from "./caption.js";
import type { Axis, Chart, Point, Series } from "./chart.js";
import { type EndLabel, endLabels } from "./end-labels.js";
import { footer } from "./footer.js";
import { FONT_FAMILY, ink, styleOf } from "./palette.js";
import { sidewaysShares } from "./sideways.js";

/** Layout size in CSS pixels. */
export const WIDTH = 1000;
export const HEIGHT = 640;

const APART = "Series stand a little apart sideways, so that no error bar hides another.";
const RIGHT_MARGIN = 24;
/** How far marks at the ends of the axes reach beyond them, and those that are drawn aside: Chart.js would cut them there. */
const MARK_OVERHANG = 8;
const ASIDE_OVERHANG = 20;
const LABEL_MARGIN = 168;

/** A mark, with or without an error bar: the plugin draws none where there are no ends. */
interface PlottedPoint {
  x: number;
  y: number;
  yMin?: number;
  yMax?: number;
}
type Configuration = ChartConfiguration<"scatterWithErrorBars", PlottedPoint[]>;
type Dataset = ChartDataset<"scatterWithErrorBars", PlottedPoint[]>;
/** chartjs-plugin-annotation's types do not resolve under Node's module resolution. */
type Annotation = Record<string, unknown>;

const font = (size: number, bold = false) => ({
  family: FONT_FAMILY,
  size,
  weight: bold ? ("bold" as const) : ("normal" as const),
});

/** Everything of a chart's look: Chart.js's configuration for one of ours. Made anew for each drawing. */
export function chartConfiguration(chart: Chart, caption: Caption, pixelRatio: number): Configuration {
  const decades = chart.y.scale === "wide" && spansWidely(chart) ? decadeTicks(chart) : undefined;
  const hasPlaces = chart.x.places !== undefined;
  const labels = hasPlaces ? [] : endLabelsOf(chart.series);
  const ends = horizontalEnds(chart);
  // Where a formula says what lies between the marks, lines would only hide it.
  const joined = !hasPlaces && !chart.series.some(({ kind }) => kind === "formula");
  const aside = sidewaysShares(chart.series).map((share) => share * (ends.max - ends.min));
  const apart = aside.some((distance) => distance !== 0) ? [APART] : [];
  const foot = footer([...chart.notes, ...apart, caption.provenance], WIDTH);
  return {
    type: "scatterWithErrorBars",
    data: {
      datasets: chart.series.map((series, index) => {
        const alone = chart.series.filter(isOurs).length === 1;
        return dataset(series, { alone, joined, lowest: decades?.[0], aside: aside[index] ?? 0 });
      }),
    },
    options: {
      devicePixelRatio: pixelRatio,
      events: [],
      layout: {
        padding: {
          left: 16,
          top: 14,
          right: labels.length > 0 ? LABEL_MARGIN : RIGHT_MARGIN,
          bottom: foot.height,
        },
      },
      scales: {
        x: { ...axis(chart.x, false), ...ends },
        y:
          decades === undefined
            ? { ...axis(chart.y, true), ...verticalEnds(chart) }
            : logarithmicAxis(chart.y, decades),
      },
      plugins: {
        title: {
          display: true,
          align: "start",
          text: `${chart.thesis}   ${chart.title}`,
          color: ink.text,
          font: font(19, true),
          padding: { bottom: 4 },
        },
        subtitle: {
          display: true,
          align: "start",
          text: caption.origin,
          color: caption.simulated ? ink.warning : ink.quiet,
          font: font(13, caption.simulated),
          padding: { bottom: 14 },
        },
        legend: legend(chart.series, hasPlaces),
        tooltip: { enabled: false },
        annotation: { clip: false, annotations: annotations(chart) },
      },
    },
    plugins: [
      foot.plugin,
      endLabels(labels),
      legendGap,
      ...(chart.isMap === true ? [trueProportions()] : []),
    ],
  };
}

const values = (chart: Chart): number[] =>
  chart.series.flatMap(({ points }) => points.map(({ y }) => y)).filter((y) => y !== null);

/** A zero or a negative value has no place on a logarithmic axis, so one of them keeps the axis linear. */
function spansWidely(chart: Chart): boolean {
  const least = Math.min(...values(chart));
  return least > 0 && Math.max(...values(chart)) / least > 20;
}

/** 1, 2 and 5 times powers of ten around all values; an error bar that goes lower ends at the first. */
function decadeTicks(chart: Chart): number[] {
  const highs = chart.series.flatMap(({ points }) => points.map(({ high }) => high ?? 0));
  const least = Math.min(...values(chart)) / 1.5;
  const most = Math.max(...values(chart), ...highs);
  const ladder = Array.from({ length: 13 }, (_, index) => index - 3).flatMap((power) =>
    [1, 2, 5].map((mantissa) => mantissa * 10 ** power),
  );
  const first = ladder.findLastIndex((tick) => tick <= least);
  const last = ladder.findIndex((tick) => tick >= most);
  return ladder.slice(first, last + 1);
}

/** Chart.js finds the look of a mark under the name of its element, here that of the error-bar plugin. */
interface MarkStyle {
  pointWithErrorBarRadius: number | number[];
  pointWithErrorBarBackgroundColor: string;
  pointWithErrorBarBorderColor: string;
  pointWithErrorBarBorderWidth: number;
}

/** Neither printed by others nor an equation's: from cells of the run, attested or not, or computed here. */
const isOurs = ({ kind }: Series): boolean => kind !== "paper" && kind !== "formula";

/** Of a line that is not ours, whatever its style. */
const lineColour = (series: Series): string | undefined =>
  isOurs(series) ? undefined : series.kind === "paper" ? ink.paper : ink.formula;

interface Place {
  /** The only series of the run. */
  readonly alone: boolean;
  /** Whether lines join its marks. */
  readonly joined: boolean;
  /** Where a logarithmic axis begins. */
  readonly lowest: number | undefined;
  /** How far it is drawn beside its x. */
  readonly aside: number;
}

function dataset(series: Series, { alone, joined, lowest, aside }: Place): Dataset & MarkStyle {
  const { colour, mark } = styleOf(series.style);
  const line = lineColour(series) ?? colour;
  const hollow = series.kind !== "measured" && series.kind !== "computed";
  return {
    label: series.label,
    data: series.points.map((point) => plotted({ ...point, x: point.x + aside }, lowest)),
    showLine: isLine(series) || (series.form === "marks" && joined && series.kind !== "invalid"),
    spanGaps: false,
    clip: aside === 0 ? MARK_OVERHANG : ASIDE_OVERHANG,
    borderColor: line,
    borderWidth: lineWidth(series),
    borderDash: borderDash(series),
    pointStyle: mark,
    pointWithErrorBarRadius: markRadius(series, alone),
    pointWithErrorBarBackgroundColor: isRing(series) ? ink.nothing : hollow ? ink.background : colour,
    pointWithErrorBarBorderColor: line,
    pointWithErrorBarBorderWidth: hollow ? 1.6 : 1,
    errorBarColor: line,
    errorBarWhiskerColor: line,
    errorBarLineWidth: 1.4,
    errorBarWhiskerLineWidth: 1.4,
    errorBarWhiskerSize: 12,
    order: depth(series),
  };
}

/** A mark of a cell that is not attested: wider than a filled one and open, so that both are seen at the same place. */
const isRing = ({ kind, form }: Series): boolean => kind === "invalid" && form !== "curve";

/** From the front, as Chart.js counts: rings, what else is ours, then the thesis's and formulas. */
const depth = (series: Series): number => (isRing(series) ? -1 : isOurs(series) ? 0 : 1);

const isLine = ({ form }: Series): boolean => form === "curve" || form === "links";

function lineWidth({ form, kind }: Series): number {
  if (form === "links") return 0.8;
  if (form === "curve") return 1.6;
  return kind === "paper" ? 1.2 : 2.2;
}

function markRadius(series: Series, alone: boolean): number | number[] {
  // A triangle has the least room inside: so much leaves a gap around its filled one.
  if (isRing(series)) return 11;
  switch (series.form) {
    case "curve":
      return sparseMarks(series, alone);
    case "marks":
      return series.kind === "paper" ? 4.5 : 6;
    case "dots":
      return 4;
    case "links":
      return 0;
  }
}

/** Curves of attested cells are solid, whatever their style: dashes would look like gaps. */
function borderDash({ kind, form, style }: Series): number[] {
  if (kind === "paper") return [3, 4];
  if (kind === "formula") return [10, 5];
  if (form === "links") return [];
  if (form === "curve") return kind === "invalid" ? [6, 3] : [];
  return [...styleOf(style).dash];
}

/** A mark here and there tells curves apart without colour; one curve alone needs none, nor does a line that is not ours. */
function sparseMarks(series: Series, alone: boolean): number | number[] {
  if (alone || !isOurs(series)) return 0;
  const { points, style } = series;
  const every = Math.ceil(points.length / 14);
  return points.map((_, index) => (index % every === (style * 3) % every ? 4.5 : 0));
}

function plotted({ x, y, low, high }: Point, lowest = -Infinity): PlottedPoint {
  const bar = low === undefined || high === undefined ? {} : { yMin: Math.max(low, lowest), yMax: high };
  return { x, y: y ?? NaN, ...bar };
}

const tickStyle = { color: ink.text, font: font(13), includeBounds: false };

function axis(declared: Axis, gridLines: boolean) {
  return {
    type: "linear" as const,
    title: axisTitle(declared.title),
    border: { color: ink.axis },
    grid: { color: ink.grid, display: gridLines },
    ticks: { ...tickStyle, ...namedTicks(declared) },
    ...exactTicks(declared),
  };
}

const axisTitle = (text: string) => ({
  display: true,
  text,
  color: ink.text,
  font: font(14),
  padding: { top: 8, bottom: 8 },
});

function logarithmicAxis(declared: Axis, ticks: readonly number[]) {
  return {
    ...axis({ ...declared, ticks }, true),
    type: "logarithmic" as const,
    title: axisTitle(`${declared.title} (log scale)`),
    min: ticks[0],
    max: ticks.at(-1),
  };
}

/** Share of the height that the arrow of one window takes above the curves. */
const LANE = 0.09;
/** Share of the height that the names of slots take above that. */
const SLOT_NAMES = 0.08;

/** From zero, or below where values are; arrows and names of slots get room of their own on top. */
function verticalEnds(chart: Chart) {
  if (chart.isMap === true) return mapEnds(values(chart));
  if (chart.windows.length === 0 && chart.slots.length === 0) return { beginAtZero: true, grace: "6%" };
  const most = Math.max(...values(chart), 0);
  return {
    min: 0,
    max: most / (1 - headroom(chart)),
    afterBuildTicks: (scale: Scale) => {
      scale.ticks = scale.ticks.filter(({ value }) => value <= most * 1.05);
    },
  };
}

/** Lengthens the axis on which a unit is longer, on both sides, so that a map is not distorted. */
function trueProportions(): Plugin {
  let isAdjusting = false;
  return {
    id: "trueProportions",
    afterLayout(chart) {
      if (isAdjusting) return;
      isAdjusting = true;
      // Other ticks may be wider, and leave the axes a little less room: the second round is for that.
      for (let round = 0; round < 2; round++) {
        const { x, y } = chart.scales;
        if (x === undefined || y === undefined) break;
        const ratio = x.width / (x.max - x.min) / (y.height / (y.max - y.min));
        const longer = ratio > 1 ? x : y;
        const { min, max } = longer;
        const growth = ((max - min) * (Math.max(ratio, 1 / ratio) - 1)) / 2;
        Object.assign(longer.options, { min: min - growth, max: max + growth });
        chart.update();
      }
      isAdjusting = false;
    },
    // What is laid out anew is drawn once.
    beforeRender: () => !isAdjusting,
  };
}

/** Both axes of a map: room for marks at the edges, and ticks only where something is. */
function mapEnds(of: readonly number[]) {
  const most = Math.max(...of, 0.001);
  return {
    min: -0.03 * most,
    max: 1.03 * most,
    afterBuildTicks: (scale: Scale) => {
      scale.ticks = scale.ticks.filter(({ value }) => value >= 0 && value <= most);
    },
  };
}

const headroom = ({ slots, windows }: Chart): number =>
  (slots.length > 0 ? SLOT_NAMES : 0.02) + windows.length * LANE;

/** Room for marks beside the axis; curves use the whole width. */
function horizontalEnds(chart: Chart): { min: number; max: number } {
  const xs = chart.series.flatMap(({ points }) => points.map(({ x }) => x));
  if (chart.isMap === true) return mapEnds(xs);
  if (chart.x.places !== undefined) return { min: -0.5, max: chart.x.places.length - 0.5 };
  const most = Math.max(...xs);
  return { min: 0, max: chart.series.every(({ form }) => form === "curve") ? most : most * 1.04 };
}

const namedTicks = ({ places }: Axis) =>
  places === undefined ? {} : { callback: (value: string | number) => places[Number(value)] ?? "" };

function exactTicks({ ticks, places }: Axis): Partial<ScaleOptionsByType<"linear">> {
  const exact = places?.map((_, index) => index) ?? ticks;
  if (exact === undefined) return {};
  return {
    afterBuildTicks: (scale) => {
      scale.ticks = exact.map((value) => ({ value }));
    },
  };
}

function endLabelsOf(series: readonly Series[]): EndLabel[] {
  return series.flatMap((one, index) => {
    const { kind, label, style, form } = one;
    const ours = isOurs(one);
    if (kind === "invalid" || (ours && form !== "marks")) return [];
    return [{ dataset: index, text: label, colour: ours ? styleOf(style).text : ink.quiet, bold: ours }];
  });
}

/**
 * Marks and lines that are not ours are named where they end, and the legend says what their looks mean. Our
 * curves cross too much for that, and marks that nothing joins have no end: their legend names them.
 */
function legend(series: readonly Series[], hasPlaces: boolean) {
  const named = series.filter(
    (one) => isOurs(one) && (hasPlaces || one.form === "curve" || one.form === "dots"),
  );
  const items = named.length > 0 ? namedItems(named) : kindItems(series);
  return {
    // Of marks that nothing joins no name stands at an end.
    display: items.length > 1 || hasPlaces,
    position: "top" as const,
    align: "start" as const,
    labels: {
      usePointStyle: true,
      boxWidth: 9,
      boxHeight: 9,
      padding: 16,
      color: ink.text,
      font: font(13),
      generateLabels: () => items,
    },
  };
}

/** Chart.js leaves no room below a legend, and has no option for it. */
const legendGap: Plugin = {
  id: "legendGap",
  beforeInit({ legend: box }) {
    if (box === undefined) return;
    const fit = box.fit.bind(box);
    box.fit = () => {
      fit();
      if (box.options.display) box.height += 8;
    };
  },
};

const kindNames = {
  measured: "this run",
  invalid: "not attested, left out of the mean",
  paper: "printed in the thesis",
  formula: "equation, not measured",
  computed: "computed",
};

function kindItems(series: readonly Series[]): LegendItem[] {
  return [...new Set(series.map(({ kind }) => kind))].map((kind) => ({
    text: kindNames[kind],
    fontColor: ink.text,
    pointStyle: kind === "formula" ? "line" : "circle",
    fillStyle: kind === "measured" ? ink.text : ink.background,
    strokeStyle: kind === "paper" ? ink.paper : ink.text,
    lineWidth: 1.6,
  }));
}

function namedItems(series: readonly Series[]): LegendItem[] {
  return series.map(({ kind, label, style }) => {
    const { colour, mark } = styleOf(style);
    return {
      text: kind === "invalid" ? `${label}, not attested` : label,
      fontColor: ink.text,
      pointStyle: mark,
      fillStyle: kind === "invalid" ? ink.background : colour,
      strokeStyle: colour,
      lineWidth: 1.6,
    };
  });
}

/** Slots as shaded boxes with their letter on top, windows as arrows over their length. */
function annotations(chart: Chart): Record<string, Annotation> {
  const slots = chart.slots.map(({ label, from, to }, index): Annotation => ({
    type: "box",
    xMin: from,
    xMax: to,
    backgroundColor: ink.slots[index % ink.slots.length] ?? ink.background,
    borderColor: ink.grid,
    borderWidth: 1,
    drawTime: "beforeDatasetsDraw",
    label: {
      display: true,
      // The name of a narrow slot is wider than it: above the next slot's box, not below.
      drawTime: "afterDatasetsDraw",
      content: label,
      position: { x: "center", y: "start" },
      color: ink.text,
      font: font(14, true),
      padding: 6,
    },
  }));
  const windows = chart.windows.map(({ label, from, to, style }, index): Annotation => {
    const { colour, text } = styleOf(style);
    const head = { display: true, length: 7, width: 4, fill: true, backgroundColor: colour, borderDash: [] };
    // In lanes from the top: the room that verticalEnds() keeps free.
    const top = Math.max(...values(chart), 0) / (1 - headroom(chart));
    const y = top * (1 - (chart.slots.length > 0 ? SLOT_NAMES : 0) - LANE * (index + 0.75));
    return {
      type: "line",
      xMin: from,
      xMax: to,
      yMin: y,
      yMax: y,
      borderColor: colour,
      borderWidth: 1.4,
      arrowHeads: { start: head, end: head },
      label: {
        display: true,
        content: label,
        color: text,
        backgroundColor: "rgba(255,255,255,0.85)",
        font: font(12),
        padding: 3,
        // Clear of the arrow heads, which the ground of a label wider than its arrow would cover.
        yAdjust: -16,
      },
    };
  });
  return Object.fromEntries([...slots, ...windows].map((annotation, index) => [`a${index}`, annotation]));
}
