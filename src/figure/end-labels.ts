import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Plugin } from "chart.js";
import { FONT_FAMILY } from "./palette.js";

/** A label to stand at the right end of a dataset. */
export interface EndLabel {
  readonly dataset: number;
  readonly text: string;
  readonly colour: string;
  readonly bold: boolean;
}

const LINE_HEIGHT = 17;
const GAP = 12;

/** A curve that ends in this share of the width before the right edge: a line from there to its name would look like data. */
const FAR = 0.15;

/**
 * Names each curve where it ends, moved apart where ends lie close together: no legend to look up. Names stand at the
 * right edge, or beside the end where that is far from it.
 */
export function endLabels(labels: readonly EndLabel[]): Plugin {
  return {
    id: "endLabels",
    afterDatasetsDraw(chart) {
      const context = chart.ctx as unknown as SKRSContext2D;
      const { left, right, top, bottom } = chart.chartArea;
      const anchors = labels.flatMap((label) => {
        const end = chart
          .getDatasetMeta(label.dataset)
          .data.findLast(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
        return end === undefined ? [] : [{ ...label, x: end.x, y: end.y }];
      });
      context.save();
      context.textBaseline = "middle";
      const isFar = ({ x }: { readonly x: number }) => x < right - FAR * (right - left);
      const write = ({ text, colour, bold }: EndLabel, x: number, y: number) => {
        context.font = `${bold ? "bold " : ""}13px "${FONT_FAMILY}"`;
        context.fillStyle = colour;
        context.fillText(text, x, y);
      };
      for (const end of new Set(anchors.filter(isFar).map(({ x }) => x))) {
        const together = anchors.filter(({ x }) => x === end);
        for (const label of moveApart(together, top, bottom)) write(label, end + GAP, label.labelY);
      }
      const atEdge = anchors.filter((label) => !isFar(label));
      for (const label of moveApart(atEdge, top, bottom)) {
        const { colour, x, y, labelY } = label;
        context.strokeStyle = colour;
        context.globalAlpha = 0.5;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(x + 6, y);
        context.lineTo(right + GAP - 3, labelY);
        context.stroke();
        context.globalAlpha = 1;
        write(label, right + GAP, labelY);
      }
      context.restore();
    },
  };
}

/** Keeps the order from top to bottom, gives each label its line, and stays inside the chart. */
export function moveApart<T extends { readonly y: number }>(
  anchors: readonly T[],
  top: number,
  bottom: number,
): (T & { labelY: number })[] {
  const placed = anchors.toSorted((a, b) => a.y - b.y).map((anchor) => ({ ...anchor, labelY: anchor.y }));
  let floor = top;
  for (const label of placed) {
    label.labelY = Math.max(label.labelY, floor);
    floor = label.labelY + LINE_HEIGHT;
  }
  let ceiling = bottom;
  for (const label of placed.toReversed()) {
    label.labelY = Math.min(label.labelY, ceiling);
    ceiling = label.labelY - LINE_HEIGHT;
  }
  return placed;
}
