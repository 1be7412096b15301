import { createRequire } from "node:module";
import type { Canvas } from "@napi-rs/canvas";
import type { Plugin } from "chart.js";
import { ChartJSNodeCanvas } from "chartjs-node-canvas";
import type { Caption } from "./caption.js";
import type { Chart } from "./chart.js";
import { chartConfiguration, HEIGHT, WIDTH } from "./chart-configuration.js";
import { FONT_FAMILY, ink } from "./palette.js";

/** 1600 × 1024 pixels: 250 dpi at the width of a printed page's text. */
const PNG_PIXEL_RATIO = 1.6;

/**
 * Draws charts as PNG and SVG. Same chart, same bytes: the only font is the one that comes with the
 * package, and SVG text is outlines of it.
 */
export class Renderer {
  readonly #png = canvasOf();
  readonly #svg = canvasOf("svg");

  png(chart: Chart, caption: Caption): Promise<Uint8Array> {
    const configuration = chartConfiguration(chart, caption, PNG_PIXEL_RATIO);
    configuration.plugins = [...(configuration.plugins ?? []), freedCanvas];
    return this.#png.renderToBuffer(configuration, "image/png");
  }

  svg(chart: Chart, caption: Caption): string {
    // The library's types know node-canvas's own MIME types only by overloads that leave this one out.
    const render = this.#svg.renderToBufferSync.bind(this.#svg) as (
      configuration: ReturnType<typeof chartConfiguration>,
      mimeType: string,
    ) => Buffer;
    return renumberIds(render(chartConfiguration(chart, caption, 1), "image/svg+xml").toString("utf8"));
  }
}

/** Gives a canvas's 6.5 MB of pixels back at once; the garbage collector knows nothing of their size. */
const freedCanvas: Plugin = {
  id: "freedCanvas",
  beforeDestroy(chart) {
    const canvas = chart.canvas as unknown as Canvas;
    canvas.width = 1;
    canvas.height = 1;
  },
};

function canvasOf(type?: "svg"): ChartJSNodeCanvas {
  const canvas = new ChartJSNodeCanvas({
    width: WIDTH,
    height: HEIGHT,
    ...(type === undefined ? {} : { type }),
    backgroundColour: ink.background,
    // By name: each canvas loads a Chart.js of its own, and plugins must bind to that one.
    plugins: { modern: ["chartjs-plugin-annotation", "chartjs-chart-error-bars"] },
  });
  const { resolve } = createRequire(import.meta.url);
  // Under a name of our own, so that no font of the machine is ever taken in its place.
  for (const file of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
    canvas.registerFont(resolve(`dejavu-fonts-ttf/ttf/${file}`), { family: FONT_FAMILY });
  }
  return canvas;
}

/** Skia numbers clip paths and gradients through the whole process; here they count from 0 in each file. */
function renumberIds(svg: string): string {
  const numbers = new Map<string, string>();
  return svg.replace(/\b(id="|url\(#|href="#)(\w+)/g, (_, before: string, id: string) => {
    const number = numbers.get(id) ?? `i${numbers.size}`;
    numbers.set(id, number);
    return before + number;
  });
}
