import { beforeAll, describe, expect, it } from "vitest";
import { figure as stall } from "../../src/figure/catalog/handover-stall.js";
import { figures as sequences } from "../../src/figure/catalog/fig-3-6.js";
import type { FigureSource } from "../../src/figure/contract.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { loadPaper } from "../../src/paper/paper.js";
import { openRecording } from "../../src/record/read.js";

/** A real run of every mode over every walk. */
let source: FigureSource;
beforeAll(async () => {
  const measured = await measureRun(await openRecording("results/netns-handover-modes"));
  source = { ...measured, paper: await loadPaper() };
});

describe("the stalls of a run's walks", () => {
  const chart = () => {
    const content = stall.content(source);
    if (content.kind !== "chart") throw new Error(`no chart: ${content.kind}`);
    return content;
  };

  it("stand at the walks, overlaps first and those with 3G/4G last", () => {
    expect(chart().x.places).toEqual([
      "2 s overlap",
      "0 s",
      "1 s",
      "5 s",
      "30 s",
      "1 s, 3G/4G",
      "5 s, 3G/4G",
    ]);
  });

  it("are what goes beyond the time without a network, in each mode", () => {
    const { series } = chart();
    expect(series.map(({ label, points }) => [label, points.length])).toEqual([
      ["full", 7],
      ["backup", 7],
      ["single-path", 7],
    ]);
    for (const { y } of series.flatMap(({ points }) => points)) {
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThan(1000);
    }
  });

  it("are none in a run without walks", () => {
    expect(stall.content({ ...source, points: [] }).kind).toBe("absent");
  });
});

describe("the sequence diagrams of a run's walks", () => {
  const labels = (id: string): string[] => {
    const content = sequences.find((figure) => figure.id === id)?.content(source);
    if (content?.kind !== "sequence") throw new Error(`no diagram ${id}`);
    return content.rows.map(({ label }) => label);
  };

  it("are of three walks in three modes", () => {
    const drawn = sequences.filter((figure) => figure.content(source).kind === "sequence");
    expect(drawn.map(({ id }) => id)).toEqual(
      ["fig-3-4", "fig-3-6", "fig-3-8"].flatMap((id) =>
        ["full", "backup", "single-path"].map((mode) => `${id}-${mode}`),
      ),
    );
  });

  it("have the thesis's steps of Fig. 3.8: the backup joins, takes over, and gives way to the second Wi-Fi", () => {
    const steps = labels("fig-3-8-backup").map((label) => label.replace(/,.*/, ""));
    expect(steps.slice(0, 14)).toEqual([
      ...["SYN + MP_CAPABLE", "SYN/ACK + MP_CAPABLE", "ACK + MP_CAPABLE", "A  data"],
      ...["SYN + MP_JOIN (backup)", "SYN/ACK + MP_JOIN", "ACK + MP_JOIN"],
      ...["Wi-Fi 1 lost", "REMOVE_ADDR (address 0)", "B  data"],
      ...["Wi-Fi 2 entered", "SYN + MP_JOIN", "SYN/ACK + MP_JOIN", "ACK + MP_JOIN"],
    ]);
  });

  it("tell of no address in single-path mode, which has no subflow to tell it on", () => {
    expect(labels("fig-3-6-single-path").join()).not.toMatch(/REMOVE_ADDR/);
    expect(labels("fig-3-6-full").join()).toMatch(/REMOVE_ADDR/);
  });
});
