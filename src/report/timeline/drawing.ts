import { ink, styleOf } from "../../figure/palette.js";
import { html, Html } from "../html.js";
import type { Bar, BarLane, Lane, Layer, PlotLane, Sample } from "./lane.js";
import { linearScale, logScale, type Scale } from "./scale.js";

/** Left and right end of what is drawn over time, in the units of the SVG's viewBox. */
export const PLOT_LEFT = 178;
export const PLOT_RIGHT = 988;

export type TimeAxis = (tMs: number) => number;

/** A lane with its top at zero. */
export interface DrawnLane {
  readonly height: number;
  readonly markup: Html;
}

const PLOT_HEIGHT = 88;
const STRIP_HEIGHT = 7;
const ROW_HEIGHT = 17;
const TITLE_HEIGHT = 16;

export const drawLane = (lane: Lane, x: TimeAxis): DrawnLane =>
  lane.kind === "plot" ? drawPlot(lane, x) : drawBars(lane, x);

/** A tenth of a unit is finer than any screen shows. */
export const round = (value: number): number => Math.round(value * 10) / 10;

function drawPlot({ title, unit, scale: kind, layers }: PlotLane, x: TimeAxis): DrawnLane {
  const values = layers.flatMap(({ samples }) => samples.map(({ value }) => value));
  const scale = kind === "log" ? logScale(values) : linearScale(values);
  const y = (value: number) => PLOT_HEIGHT * (1 - scale.at(value));
  const strips = layers.filter(({ unanswered }) => unanswered !== undefined && unanswered.length > 0);
  const stripTop = PLOT_HEIGHT + 5;
  return {
    height: PLOT_HEIGHT + (strips.length === 0 ? 0 : 5 + strips.length * (STRIP_HEIGHT + 1)),
    markup: html`
      <text x="8" y="11" font-weight="bold">${title}, ${unit}</text>
      ${layers.map((layer, index) => legend(layer, 28 + index * 16))} ${gridLines(scale, y)}
      ${layers.map((layer) => drawLayer(layer, x, y))}
      ${
        strips.length === 0
          ? null
          : html`<text x="8" y="${stripTop + STRIP_HEIGHT + 1}" fill="${ink.quiet}">unanswered</text>`
      }
      ${strips.map((layer, index) => drawStrip(layer, x, stripTop + index * (STRIP_HEIGHT + 1)))}
    `,
  };
}

const legend = ({ label, style }: Layer, y: number): Html =>
  html`<rect x="8" y="${y - 6}" width="12" height="4" fill="${styleOf(style).colour}" /><text x="25" y="${y}">
      ${label}
    </text>`;

const gridLines = ({ ticks }: Scale, y: (value: number) => number): Html[] =>
  ticks.map(
    (tick) =>
      html`<path d="M${PLOT_LEFT} ${round(y(tick))}H${PLOT_RIGHT}" stroke="${ink.grid}" /><text
          x="${PLOT_LEFT - 5}"
          y="${round(y(tick) + 4)}"
          text-anchor="end"
          fill="${ink.quiet}"
        >
          ${Number(tick.toPrecision(3))}
        </text>`,
  );

function drawLayer({ samples, style, form }: Layer, x: TimeAxis, y: (value: number) => number): Html {
  const { colour } = styleOf(style);
  switch (form) {
    case "marks": {
      const few = samples.length < 300;
      return html`<path
        d="${columns(samples, x, y)}"
        stroke="${colour}"
        stroke-width="${few ? 4.5 : 1.8}"
        stroke-linecap="round"
        fill="none"
      />`;
    }
    case "steps":
      return html`<path d="${steps(samples, x, y)}" stroke="${colour}" stroke-width="1.3" fill="none" />`;
    case "line": {
      const points = samples.map(({ startMs, value }) => `${round(x(startMs))} ${round(y(value))}`);
      return html`<path d="M${points.join("L")}" stroke="${colour}" stroke-width="1.6" fill="none" />`;
    }
  }
}

/** Samples that fall on the same column of a screen become one stroke from the least to the greatest. */
const COLUMN = 1.5;

function columns(samples: readonly Sample[], x: TimeAxis, y: (value: number) => number): string {
  const found = new Map<number, { least: number; most: number }>();
  for (const { startMs, value } of samples) {
    const column = Math.round(x(startMs) / COLUMN);
    const { least, most } = found.get(column) ?? { least: value, most: value };
    found.set(column, { least: Math.min(least, value), most: Math.max(most, value) });
  }
  return [...found]
    .map(([column, { least, most }]) => `M${round(column * COLUMN)} ${round(y(least))}V${round(y(most))}`)
    .join("");
}

/** More than this share of an interval without a sample breaks the steps instead of being bridged. */
const GAP_SHARE = 0.5;

function steps(samples: readonly Sample[], x: TimeAxis, y: (value: number) => number): string {
  return samples
    .map(({ startMs, endMs, value }, index) => {
      const previous = samples[index - 1];
      const joined = previous !== undefined && startMs - previous.endMs <= GAP_SHARE * (endMs - startMs);
      const height = round(y(value));
      return `${joined ? `V${height}` : `M${round(x(startMs))} ${height}`}H${round(x(endMs))}`;
    })
    .join("");
}

/** One tick a column in which at least one request stayed without a reply. */
function drawStrip({ unanswered = [], style }: Layer, x: TimeAxis, top: number): Html {
  const found = [...new Set(unanswered.map((tMs) => Math.round(x(tMs) / COLUMN)))];
  const ticks = found.map((column) => `M${round(column * COLUMN)} ${top}v${STRIP_HEIGHT}`).join("");
  return html`<path d="${ticks}" stroke="${styleOf(style).colour}" stroke-width="${COLUMN}" fill="none" />`;
}

function drawBars({ title, rows }: BarLane, x: TimeAxis): DrawnLane {
  return {
    height: TITLE_HEIGHT + rows.length * ROW_HEIGHT,
    markup: html`<text x="8" y="11" font-weight="bold">${title}</text> ${rows.map(
        ({ label, bars }, index) => {
          const top = TITLE_HEIGHT + index * ROW_HEIGHT;
          return html`<text x="${PLOT_LEFT - 5}" y="${top + 11}" text-anchor="end">${label}</text>
            <path d="M${PLOT_LEFT} ${top + 14}H${PLOT_RIGHT}" stroke="${ink.grid}" />
            ${bars.map((bar) => drawBar(bar, x, top))}`;
        },
      )}`,
  };
}

/** Of a character of the labels, generously: the reader's font is not known. */
const CHARACTER_WIDTH = 7;

function drawBar({ startMs, endMs, label, style, hollow = false }: Bar, x: TimeAxis, top: number): Html {
  const { colour } = styleOf(style);
  const left = x(startMs);
  // A state seen once must still be seen.
  const width = Math.max(x(endMs) - left, 2);
  const fits = label !== "" && width > label.length * CHARACTER_WIDTH + 8;
  const fill = hollow ? ink.background : colour;
  return html`<rect
      x="${round(left)}"
      y="${top}"
      width="${round(width)}"
      height="13"
      fill="${fill}"
      stroke="${colour}"
    />
    ${
      fits
        ? html`<text x="${round(left + 5)}" y="${top + 10.5}" fill="${readableOn(fill)}">${label}</text>`
        : null
    }`;
}

/** Dark or light text, whichever stands out more (contrast ratio of WCAG 2.2). */
function readableOn(fill: string): string {
  const light = luminance(fill) + 0.05;
  const onDark = (luminance(ink.background) + 0.05) / light;
  const onLight = light / (luminance(ink.text) + 0.05);
  return onDark > onLight ? ink.background : ink.text;
}

/** Relative luminance of an sRGB colour `#rrggbb`, 0 to 1 (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
