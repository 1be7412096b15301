import { ink } from "../../figure/palette.js";
import { durationMs } from "../../metric/window.js";
import { html, type Html } from "../html.js";
import { drawLane, PLOT_LEFT, PLOT_RIGHT, round, type TimeAxis } from "./drawing.js";
import { roundTicks } from "./scale.js";
import type { Timeline } from "./timeline.js";

const WIDTH = 1000;
const TOP = 34;
const LANE_GAP = 16;
const AXIS_HEIGHT = 44;
const MARKER = 16;

/**
 * All lanes over one another on one axis of time, slots shaded behind them, a hair line through all of them
 * at each event, and its number at the foot. Pure: same timeline, same markup.
 */
export function timelineSvg(timeline: Timeline): Html {
  const { cell, window, originMs, origin, slots, lanes, events } = timeline;
  const share = (tMs: number) => (tMs - window.startMs) / Math.max(durationMs(window), 1);
  const x: TimeAxis = (tMs) => PLOT_LEFT + share(tMs) * (PLOT_RIGHT - PLOT_LEFT);
  let bottom = TOP;
  const drawn = lanes.map((lane) => {
    const { height, markup } = drawLane(lane, x);
    const top = bottom;
    bottom += height + LANE_GAP;
    return html`<g transform="translate(0 ${top})">${markup}</g>`;
  });
  const markers = placed(events.map(({ tMs }) => x(tMs)));
  const rows = Math.max(0, ...markers.map(({ row }) => row + 1));
  const axisTop = bottom + rows * MARKER + 6;
  const height = axisTop + AXIS_HEIGHT;
  const seconds = (tMs: number) => (tMs - originMs) / 1000;
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${WIDTH} ${height}"
    role="img"
    aria-labelledby="timeline-title timeline-text"
    font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
    font-size="11"
    fill="${ink.text}"
  >
    <title id="timeline-title">Timeline of cell ${cell.id}</title>
    <desc id="timeline-text">
      ${lanes.map(({ title }) => title).join(", ")} over the time since ${origin}; the events are in the table
      below.
    </desc>
    <rect width="${WIDTH}" height="${height}" fill="${ink.background}" />
    ${slots.map((slot, index) => drawSlot(slot, index, x, axisTop))}
    <path
      d="${markers.map((marker) => `M${round(marker.x)} ${TOP}V${axisTop}`).join("")}"
      stroke="${ink.text}"
      stroke-opacity="0.25"
      stroke-dasharray="2 3"
      fill="none"
    />
    ${drawn} ${rows === 0 ? null : html`<text x="8" y="${bottom + 12}" font-weight="bold">Events</text>`}
    ${markers.map(
      (marker, index) =>
        html`<circle
            cx="${round(marker.x)}"
            cy="${bottom + 8 + marker.row * MARKER}"
            r="7.5"
            fill="${ink.background}"
            stroke="${ink.text}"
          /><text
            x="${round(marker.x)}"
            y="${bottom + 11.5 + marker.row * MARKER}"
            font-size="9.5"
            text-anchor="middle"
          >
            ${index + 1}
          </text>`,
    )}
    <path d="M${PLOT_LEFT} ${axisTop}H${PLOT_RIGHT}" stroke="${ink.axis}" />
    ${roundTicks(seconds(window.startMs), seconds(window.endMs), 12).map(
      (tick) =>
        html`<path d="M${round(x(originMs + tick * 1000))} ${axisTop}v5" stroke="${ink.axis}" /><text
            x="${round(x(originMs + tick * 1000))}"
            y="${axisTop + 17}"
            text-anchor="middle"
          >
            ${Number(tick.toPrecision(6))}
          </text>`,
    )}
    <text x="${(PLOT_LEFT + PLOT_RIGHT) / 2}" y="${axisTop + 36}" font-size="12" text-anchor="middle">
      Time since ${origin}, s
    </text>
  </svg>`;
}

/** Its letter always, its length where that fits beside it. */
function drawSlot(slot: Timeline["slots"][number], index: number, x: TimeAxis, bottom: number): Html {
  const [left, right] = [x(slot.startMs), x(slot.endMs)];
  const length = right - left > 60 ? `  ${(durationMs(slot) / 1000).toFixed(1)} s` : "";
  return html`<rect
      x="${round(left)}"
      y="8"
      width="${round(right - left)}"
      height="${bottom - 8}"
      fill="${ink.slots[index % ink.slots.length] ?? ink.background}"
    />
    <text x="${round((left + right) / 2)}" y="24" font-size="13" text-anchor="middle">
      <tspan font-weight="bold">${slot.name}</tspan>${length}
    </text>`;
}

/** Markers at rising x, each in the first row where it does not cover another. */
function placed(xs: readonly number[]): { readonly x: number; readonly row: number }[] {
  const ends: number[] = [];
  return xs.map((x) => {
    const free = ends.findIndex((end) => end <= x);
    const row = free === -1 ? ends.length : free;
    ends[row] = x + MARKER;
    return { x, row };
  });
}
