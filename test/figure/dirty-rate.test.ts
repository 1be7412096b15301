import { beforeAll, describe, expect, it } from "vitest";
import { figures } from "../../src/figure/catalog/dirty-rate.js";
import type { Chart } from "../../src/figure/chart.js";
import type { FigureSource } from "../../src/figure/contract.js";
import { type MeasuredRun, measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import { openRecording } from "../../src/record/read.js";

/** A real run over two links, at four rates each. */
let measured: MeasuredRun;
let source: FigureSource;
beforeAll(async () => {
  measured = await measureRun(await openRecording("results/netns-dirty-rate"));
  source = { ...measured, paper: await loadPaper() };
});

const chart = (id: string): Chart => {
  const content = figures.find((figure) => figure.id === id)?.content(source);
  if (content?.kind !== "chart") throw new Error(`no chart ${id}`);
  return content;
};

describe("what VM3's dirty rate costs", () => {
  it.each(["dirty-rate-time", "dirty-rate-downtime"])("is drawn over the rate, a curve a link: %s", (id) => {
    const { series, x } = chart(id);
    const curves = series.filter(({ kind }) => kind === "measured");
    expect(curves.map(({ label }) => label)).toEqual(["120 Mbit/s, 20 ms", "60 Mbit/s, 20 ms"]);
    for (const { points } of curves) expect(points.map((point) => point.x)).toEqual([0, 2, 4, 5]);
    expect(x.ticks).toEqual([0, 2, 4, 5]);
  });

  it("is a migration that takes longer the more is written meanwhile", () => {
    for (const { points } of chart("dirty-rate-time").series.filter(({ kind }) => kind === "measured")) {
      const times = points.map(({ y }) => y ?? NaN);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it("is not drawn where nothing in VM3 writes", () => {
    const points = measured.points.map((point) => ({ ...point, writerMiBPerS: undefined }));
    for (const figure of figures) expect(figure.content({ ...source, points }).kind).toBe("absent");
  });
});
