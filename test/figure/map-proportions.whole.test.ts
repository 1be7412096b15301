import { createRequire } from "node:module";
import type { Chart as ChartOnCanvas } from "chart.js";
import { ChartJSNodeCanvas } from "chartjs-node-canvas";
import { expect, it } from "vitest";
import { chartConfiguration, HEIGHT, WIDTH } from "../../src/figure/chart-configuration.js";
import { FONT_FAMILY } from "../../src/figure/palette.js";

it.each([
  ["wider than the picture", 20, 1],
  ["higher than the picture", 1, 20],
  ["as the picture", 16, 9],
  ["one place", 0, 0],
])(
  "a map %s: a kilometre is as long on both axes, all is inside, and it is drawn once",
  async (_, eastKm, northKm) => {
    const configuration = chartConfiguration(
      {
        kind: "chart",
        thesis: "",
        title: "",
        x: { id: "eastKm", title: "East, km", scale: "linear" },
        y: { id: "northKm", title: "North, km", scale: "linear" },
        series: [
          {
            kind: "computed",
            label: "corners",
            style: 0,
            form: "dots",
            points: [
              { x: 0, y: 0 },
              { x: eastKm, y: northKm },
            ],
          },
        ],
        slots: [],
        windows: [],
        notes: [],
        isMap: true,
      },
      { origin: "", simulated: false, provenance: "" },
      1,
    );
    const drawn: ChartOnCanvas[] = [];
    configuration.plugins?.push({ id: "watch", beforeDraw: (chart) => void drawn.push(chart) });
    const canvas = new ChartJSNodeCanvas({
      width: WIDTH,
      height: HEIGHT,
      plugins: { modern: ["chartjs-plugin-annotation", "chartjs-chart-error-bars"] },
    });
    canvas.registerFont(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"), {
      family: FONT_FAMILY,
    });
    await canvas.renderToBuffer(configuration);
    expect(drawn).toHaveLength(1);
    const { x, y } = drawn[0]?.scales ?? {};
    if (x === undefined || y === undefined) throw new Error("no scales");
    const pixelsPerKm = [x.width / (x.max - x.min), y.height / (y.max - y.min)];
    expect((pixelsPerKm[0] ?? 0) / (pixelsPerKm[1] ?? 1)).toBeCloseTo(1, 2);
    expect(x.min < 0 && x.max > eastKm && y.min < 0 && y.max > northKm).toBe(true);
  },
);
