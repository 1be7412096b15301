import { expect, it } from "vitest";
import { z } from "zod";
import type { Chart, Series } from "../../src/figure/chart.js";
import { chartConfiguration } from "../../src/figure/chart-configuration.js";

const marks = (kind: Series["kind"]): Series => ({
  ...{ kind, label: kind, style: 0, form: "marks" },
  points: [{ x: 20, y: 100 }],
});
const chart: Chart = {
  ...{ kind: "chart", thesis: "Fig. 4.4", title: "Downtime", slots: [], windows: [], notes: [] },
  x: { id: "rttMs", title: "RTT, ms", scale: "linear" },
  y: { id: "networkDowntimeMs", title: "downtime, ms", scale: "linear" },
  series: [marks("paper"), marks("measured"), marks("invalid")],
};
const caption = { origin: "", provenance: "", simulated: false };

/** Under the names of the error-bar plugin's element. */
const lookSchema = z.object({
  pointWithErrorBarRadius: z.number(),
  pointWithErrorBarBackgroundColor: z.string(),
});

it("draws a mark that is not attested as an open ring around a filled one at the same place", () => {
  const { datasets } = chartConfiguration(chart, caption, 1).data;
  // Chart.js draws the highest order first.
  const backToFront = datasets.toSorted((a, b) => (b.order ?? 0) - (a.order ?? 0));
  expect(backToFront.map(({ label }) => label)).toEqual(["paper", "measured", "invalid"]);
  const [, filled, ring] = backToFront.map((dataset) => lookSchema.parse(dataset));
  expect(ring?.pointWithErrorBarRadius).toBeGreaterThan(filled?.pointWithErrorBarRadius ?? NaN);
  expect(ring?.pointWithErrorBarBackgroundColor).toMatch(/, 0\)$/);
});
