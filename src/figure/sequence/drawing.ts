import { createRequire } from "node:module";
import { createCanvas, GlobalFonts, type SKRSContext2D, SvgExportFlag } from "@napi-rs/canvas";
import type { Caption } from "../caption.js";
import { wrap } from "../footer.js";
import { FONT_FAMILY, ink, styleOf } from "../palette.js";
import type { SequenceDiagram, SequenceRow } from "./diagram.js";

const WIDTH = 1000;
const MARGIN = 16;
/** Left of the first lifeline: room for the times. */
const TIME_WIDTH = 110;
const HEAD_TOP = 84;
const HEAD_HEIGHT = 44;
const ROW_HEIGHT = 34;
const NOTE_HEIGHT = 17;
/** As many pixels for one of layout as the charts' PNGs have. */
const PNG_PIXEL_RATIO = 1.6;

/** A sequence diagram as a PNG. Same diagram, same bytes. */
export function sequencePng(diagram: SequenceDiagram, caption: Caption): Promise<Uint8Array> {
  const height = heightOf(diagram, caption);
  const canvas = createCanvas(WIDTH * PNG_PIXEL_RATIO, Math.ceil(height * PNG_PIXEL_RATIO));
  const context = canvas.getContext("2d");
  context.scale(PNG_PIXEL_RATIO, PNG_PIXEL_RATIO);
  draw(context, diagram, caption, height);
  return canvas.encode("png");
}

/** The same as SVG. Its text stays text, each letter in its place: outlines would take ten times the room. */
export function sequenceSvg(diagram: SequenceDiagram, caption: Caption): string {
  const height = heightOf(diagram, caption);
  const canvas = createCanvas(WIDTH, height, SvgExportFlag.NoPrettyXML);
  draw(canvas.getContext("2d"), diagram, caption, height);
  return (
    canvas
      .getContent()
      .toString("utf8")
      .replaceAll('font-family="DejaVu Sans"', 'font-family="DejaVu Sans, Verdana, sans-serif"')
      // SVG's lists of coordinates end without the comma that Skia leaves there.
      .replace(/( [xy]="[^"]*?),\s*"/g, '$1"')
  );
}

/** Layout pixels. */
export const sequenceSize = (diagram: SequenceDiagram, caption: Caption) => ({
  width: WIDTH,
  height: heightOf(diagram, caption),
});

const footLines = ({ notes }: SequenceDiagram, { provenance }: Caption): string[] =>
  [...notes, provenance].flatMap((note) => wrap(note, WIDTH - 2 * MARGIN));

const rowsTop = HEAD_TOP + HEAD_HEIGHT + ROW_HEIGHT;

const heightOf = (diagram: SequenceDiagram, caption: Caption): number =>
  rowsTop + diagram.rows.length * ROW_HEIGHT + 20 + footLines(diagram, caption).length * NOTE_HEIGHT;

function registerFonts(): void {
  const { resolve } = createRequire(import.meta.url);
  if (GlobalFonts.has(FONT_FAMILY)) return;
  for (const file of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
    GlobalFonts.registerFromPath(resolve(`dejavu-fonts-ttf/ttf/${file}`), FONT_FAMILY);
  }
}

const font = (px: number, weight: "normal" | "bold" = "normal") => `${weight} ${px}px "${FONT_FAMILY}"`;

function draw(context: SKRSContext2D, diagram: SequenceDiagram, caption: Caption, height: number): void {
  registerFonts();
  const { lifelines, rows, thesis, title } = diagram;
  context.fillStyle = ink.background;
  context.fillRect(0, 0, WIDTH, height);
  context.textBaseline = "middle";
  text(context, `${thesis}  ${title}`, MARGIN, 26, { size: 17, weight: "bold" });
  const originColour = caption.simulated ? ink.warning : ink.quiet;
  text(context, caption.origin, MARGIN, 52, { size: 12, colour: originColour });

  const gap = (WIDTH - TIME_WIDTH - 200) / Math.max(lifelines.length - 1, 1);
  const x = (index: number) => TIME_WIDTH + 100 + index * gap;
  const bottom = rowsTop + rows.length * ROW_HEIGHT;
  for (const [index, [name = "", ...rest]] of lifelines.entries()) {
    line(context, x(index), HEAD_TOP + HEAD_HEIGHT, x(index), bottom, { colour: ink.axis, dash: [4, 4] });
    context.strokeStyle = ink.text;
    context.lineWidth = 1;
    context.strokeRect(x(index) - 75, HEAD_TOP, 150, HEAD_HEIGHT);
    text(context, name, x(index), HEAD_TOP + 15, { size: 13, weight: "bold", align: "center" });
    text(context, rest.join(" "), x(index), HEAD_TOP + 32, { size: 11, colour: ink.quiet, align: "center" });
  }
  for (const [index, row] of rows.entries()) {
    const y = rowsTop + index * ROW_HEIGHT;
    text(context, `${row.timeS.toFixed(3)} s`, TIME_WIDTH - 8, y, {
      size: 12,
      colour: ink.quiet,
      align: "right",
    });
    drawRow(context, row, x, y);
  }
  for (const [index, note] of footLines(diagram, caption).entries()) {
    text(context, note, MARGIN, bottom + 14 + index * NOTE_HEIGHT, { size: 12, colour: ink.quiet });
  }
}

function drawRow(context: SKRSContext2D, row: SequenceRow, x: (index: number) => number, y: number): void {
  switch (row.kind) {
    case "message": {
      arrow(context, x(row.from), x(row.to), y, { colour: ink.text, width: 1.2 });
      label(context, `${row.step}  ${row.label}`, between(x, row), y - 9, ink.text);
      return;
    }
    case "data": {
      const { colour, text: dark } = styleOf(row.from);
      arrow(context, x(row.from), x(row.to), y, { colour, width: 5 });
      label(context, row.label, between(x, row), y - 11, dark);
      return;
    }
    case "event": {
      context.fillStyle = ink.warning;
      context.beginPath();
      context.arc(x(row.at), y, 4, 0, 2 * Math.PI);
      context.fill();
      text(context, row.label, x(row.at) + 10, y, { size: 12, weight: "bold", colour: ink.warning });
    }
  }
}

const between = (
  x: (index: number) => number,
  { from, to }: { readonly from: number; readonly to: number },
) => (x(from) + x(to)) / 2;

interface Pen {
  readonly colour: string;
  readonly width?: number;
  readonly dash?: readonly number[];
}

function line(context: SKRSContext2D, x1: number, y1: number, x2: number, y2: number, pen: Pen): void {
  context.strokeStyle = pen.colour;
  context.lineWidth = pen.width ?? 1;
  context.setLineDash([...(pen.dash ?? [])]);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.setLineDash([]);
}

function arrow(context: SKRSContext2D, from: number, to: number, y: number, pen: Pen): void {
  const head = to > from ? -9 : 9;
  line(context, from, y, to + head, y, pen);
  context.fillStyle = pen.colour;
  context.beginPath();
  context.moveTo(to, y);
  context.lineTo(to + head, y - 5);
  context.lineTo(to + head, y + 5);
  context.fill();
}

/** Text on a ground of its own: a lifeline that an arrow crosses would strike it through. */
function label(context: SKRSContext2D, words: string, x: number, y: number, colour: string): void {
  context.font = font(12);
  const { width } = context.measureText(words);
  context.fillStyle = ink.background;
  context.fillRect(x - width / 2 - 3, y - 7, width + 6, 14);
  text(context, words, x, y, { size: 12, colour, align: "center" });
}

interface Lettering {
  readonly size: number;
  readonly weight?: "normal" | "bold";
  readonly colour?: string;
  readonly align?: "left" | "center" | "right";
}

function text(context: SKRSContext2D, words: string, x: number, y: number, lettering: Lettering): void {
  context.font = font(lettering.size, lettering.weight);
  context.fillStyle = lettering.colour ?? ink.text;
  context.textAlign = lettering.align ?? "left";
  context.fillText(words, x, y);
}
