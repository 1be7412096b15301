import { describe, expect, it } from "vitest";
import { markupOf } from "../../../src/report/html.js";
import { PLOT_LEFT, PLOT_RIGHT } from "../../../src/report/timeline/drawing.js";
import { timelineSvg } from "../../../src/report/timeline/svg.js";
import { timelineOf } from "../../../src/report/timeline/timeline.js";
import { syntheticCell, syntheticTruth } from "../../record/synthetic.js";
import { noSeries } from "../../../src/record/series.js";

const declared = { bandwidthMbit: 350, rttMs: 20 };
const cell = syntheticCell(declared);
const truth = syntheticTruth(declared);
const timeline = timelineOf(cell);
if (timeline === undefined) throw new Error("a whole cell has a timeline");

describe("the timeline of a handover", () => {
  it("holds every observation over the time since the probes started", () => {
    expect(timeline.lanes.map(({ title }) => title)).toEqual([
      "10 ms probe",
      "1 s ping",
      "Throughput",
      "Migration",
      "VM3",
      "Interfaces",
      "Subflows",
    ]);
    expect(timeline).toMatchObject({ originMs: truth.startedMs, origin: "the probes started" });
    expect(timeline.slots.map(({ name }) => name)).toEqual(["A", "B", "C", "D", "E"]);
    expect(timeline.window.startMs).toBe(truth.startedMs);
  });

  it("is drawn with a number for each event, in the order of time", () => {
    const markup = markupOf(timelineSvg(timeline));
    expect(markup.match(/<circle/g)).toHaveLength(timeline.events.length);
    const times = timeline.events.map(({ tMs }) => tMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(markup).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draws nothing outside its frame", () => {
    // iperf may begin an interval before the probes are said to have started.
    const early = cell.series.iperf.map((sample) => ({ ...sample, startMs: sample.startMs - 400 }));
    const found = timelineOf({ ...cell, series: { ...cell.series, iperf: early } });
    if (found === undefined) throw new Error("a whole cell has a timeline");
    const markup = markupOf(timelineSvg(found));
    const [, height = "0"] = /viewBox="0 0 1000 ([\d.]+)"/.exec(markup) ?? [];
    const xs = [...markup.matchAll(/ d="([^"]*)"/g)].flatMap(([, path = ""]) =>
      [...path.matchAll(/[MLH](-?[\d.]+)/g)].map(([, x]) => Number(x)),
    );
    expect(xs.length).toBeGreaterThan(1000);
    // A stroke stands on the middle of its column.
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(PLOT_LEFT - 1);
    expect(Math.max(...xs)).toBeLessThanOrEqual(PLOT_RIGHT + 1);
    expect(Number(height)).toBeGreaterThan(500);
  });
});

describe("the timeline of less", () => {
  it("has the lanes that were observed, and counts from the cell's beginning without probes", () => {
    const found = timelineOf({
      record: { ...cell.record, migration: null, events: [] },
      series: { ...noSeries, iperf: cell.series.iperf },
    });
    expect(found?.lanes.map(({ title }) => title)).toEqual(["Throughput"]);
    expect(found).toMatchObject({ originMs: 0, origin: "the cell began", slots: [], events: [] });
    expect(found && markupOf(timelineSvg(found))).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("does not exist where nothing was", () => {
    const series = noSeries;
    expect(timelineOf({ record: { ...cell.record, migration: null, events: [] }, series })).toBeUndefined();
  });
});
