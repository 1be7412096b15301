import { describe, expect, it } from "vitest";
import { jsonProgress } from "../../src/cli/progress-json.js";
import { lineProgress } from "../../src/cli/progress-lines.js";
import { LiveProgress } from "../../src/cli/progress-live.js";
import type { RunEvent } from "../../src/run/progress.js";
import { VirtualClock } from "../run/fake-testbed.js";

const story: RunEvent[] = [
  {
    type: "run-started",
    runId: "r1",
    testbed: "sim",
    kind: "simulation",
    profile: "modern",
    seed: 7,
    cells: ["bw350-rtt20-r1"],
    recorded: [],
    dir: "runs/x",
  },
  { type: "note", message: "booting VM3" },
  { type: "cell-started", cell: "bw350-rtt20-r1", secondsLeft: 62, secondsLeftAtMost: 62 },
  { type: "cell-step", cell: "bw350-rtt20-r1", step: "migrating" },
  {
    type: "cell-ended",
    cell: "bw350-rtt20-r1",
    status: "invalid",
    reasons: ["the link was slow"],
    durationS: 61.24,
    overheadS: 9.96,
    migrationS: 8.124,
    done: 1,
    of: 1,
  },
  { type: "run-ended", dir: "runs/x", ok: 0, invalid: 1, failed: 0, remaining: 0 },
];

describe("progress", () => {
  it("is plain lines in a log, and says that a simulation is one", () => {
    let text = "";
    const report = lineProgress((chunk) => (text += chunk));
    for (const event of story) report(event);
    expect(text).toBe(
      [
        "Run r1: 1 cell; testbed sim (simulated), profile modern, seed 7",
        "Record: runs/x",
        "  booting VM3",
        "bw350-rtt20-r1 (about 1 min left)",
        "[1/1] bw350-rtt20-r1: invalid, migration 8.12 s, took 61.2 s (overhead 10.0 s)",
        "  invalid: the link was slow",
        "cells: 0 ok, 1 invalid",
        "",
      ].join("\n"),
    );
  });

  it("is one JSON object a line for programs", () => {
    const lines: string[] = [];
    const report = jsonProgress((chunk) => lines.push(chunk), new VirtualClock());
    for (const event of story) report(event);
    expect(lines.every((line) => line.endsWith("}\n") && line.indexOf("\n") === line.length - 1)).toBe(true);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      story.map((event) => ({ at: "2026-01-01T00:00:00.000Z", ...event })),
    );
  });

  it("is a live line on a terminal that never outgrows it, and leaves only finished lines behind", () => {
    let text = "";
    const clock = new VirtualClock();
    const terminal = { write: (chunk: string) => void (text += chunk), isLive: true, columns: 30 };
    {
      using live = new LiveProgress(terminal, clock);
      for (const event of story) {
        clock.ms += 1000;
        live.report(event);
      }
    }
    const drawn = text.split("\n").flatMap((line) => line.split("\r\u001b[2K"));
    expect(drawn).toContain("bw350-rtt20-r1 · migrating · ");
    expect(screenOf(text)).toEqual([
      "Run r1: 1 cell; testbed sim (simulated), profile modern, seed 7",
      "Record: runs/x",
      "  booting VM3",
      "[1/1] bw350-rtt20-r1: invalid, migration 8.12 s, took 61.2 s (overhead 10.0 s)",
      "  invalid: the link was slow",
      "cells: 0 ok, 1 invalid",
      "",
    ]);
  });
});

it("a live line names the cell longest in progress, and how many others are", () => {
  let text = "";
  const clock = new VirtualClock();
  const terminal = { write: (chunk: string) => void (text += chunk), isLive: true, columns: 100 };
  {
    using live = new LiveProgress(terminal, clock);
    live.report({ type: "cell-started", cell: "first", secondsLeft: 60, secondsLeftAtMost: 60 });
    live.report({ type: "cell-started", cell: "second", secondsLeft: 50, secondsLeftAtMost: 50 });
    clock.ms += 10_000;
    live.report({ type: "cell-step", cell: "second", step: "migrating" });
    live.report({ type: "cell-step", cell: "first", step: "setting up" });
    expect(screenOf(text)).toEqual(["first and 1 more · setting up · 10 s · about 40 s left"]);
    const [, , , , ended] = story;
    if (ended?.type !== "cell-ended") throw new Error("the story has changed");
    live.report({ ...ended, cell: "first" });
    expect(screenOf(text).at(-1)).toBe("second · migrating · 10 s · about 40 s left");
  }
  expect(screenOf(text).at(-1)).toBe("");
});

/** What a terminal shows in the end: each line as it stands after its last clearing. */
const screenOf = (text: string): string[] =>
  text.split("\n").map((line) => line.split("\r\u001b[2K").at(-1) ?? "");
