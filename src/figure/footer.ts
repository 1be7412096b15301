import { createCanvas, type SKRSContext2D } from "@napi-rs/canvas";
import type { Plugin } from "chart.js";
import { FONT_FAMILY, ink } from "./palette.js";

const FONT = `12px "${FONT_FAMILY}"`;
const LINE_HEIGHT = 17;
const MARGIN = 16;

/** Notes under the chart, wrapped to its width. */
export interface Footer {
  /** Room that it needs below the axis, in layout pixels. */
  readonly height: number;
  readonly plugin: Plugin;
}

export function footer(notes: readonly string[], width: number): Footer {
  const lines = notes.flatMap((note) => wrap(note, width - 2 * MARGIN));
  return {
    height: lines.length * LINE_HEIGHT + 14,
    plugin: {
      id: "footer",
      afterDraw(chart) {
        const context = chart.ctx as unknown as SKRSContext2D;
        context.save();
        context.font = FONT;
        context.fillStyle = ink.quiet;
        context.textBaseline = "top";
        const top = chart.height - lines.length * LINE_HEIGHT - 8;
        for (const [index, line] of lines.entries()) {
          context.fillText(line, MARGIN, top + index * LINE_HEIGHT);
        }
        context.restore();
      },
    },
  };
}

/** Breaks a note into lines of at most `width` layout pixels. */
export function wrap(text: string, width: number): string[] {
  const context = createCanvas(1, 1).getContext("2d");
  context.font = FONT;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && context.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
