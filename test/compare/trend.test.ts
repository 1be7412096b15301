import { describe, expect, it } from "vitest";
import {
  aboveZero,
  independentOfRtt,
  rttMattersMoreAtHighBandwidth,
  trend,
} from "../../src/compare/trend.js";
import { grid, point } from "./points.js";

const rtts = [20, 50, 100, 150];

describe("a trend", () => {
  const growsWithRtt = (values: Parameters<typeof trend>[0]) =>
    trend(values, { direction: "grows", along: "rising RTT", unit: "s" });

  it("holds when every step goes its way, and says from where to where", () => {
    expect(growsWithRtt(grid(rtts, { 350: [14, 16.6, 29.4, 42], 60: [43.7, 46.8, 48.4, 50.1] }))).toEqual({
      verdict: "holds",
      finding: "grows in 6 of 6 steps: 350 Mbit/s 14.0 → 42.0, 60 Mbit/s 43.7 → 50.1 s",
    });
  });

  it("does not hold for one step against it, which is named", () => {
    const { verdict, finding } = growsWithRtt(grid(rtts, { 350: [14, 30, 29, 42], 60: [43, 46, 45.5, 50] }));
    expect(verdict).toBe("does not hold");
    expect(finding).toContain("grows in 4 of 6 steps:");
    expect(finding).toContain("; against it at 350 Mbit/s, 50 → 100 ms RTT: 30.0 → 29.0 s");
  });

  it("forgives a step back within the error, but no row without growth beyond it", () => {
    expect(growsWithRtt(grid(rtts, { 350: [14, 30, 29, 42] }, 1))).toEqual({
      verdict: "holds",
      finding: "grows in 2 of 3 steps, 1 within the error: 350 Mbit/s 14.0 → 42.0 s",
    });
    const flat = growsWithRtt(grid(rtts, { 350: [14, 16, 29, 42], 60: [43, 43.2, 43.1, 43.4] }, 1));
    expect(flat).toMatchObject({ verdict: "does not hold" });
    expect(flat.finding).toContain("; not beyond the error at 60 Mbit/s");
  });

  it("can fall, and can be asked at some bandwidths only", () => {
    const values = grid(rtts, { 350: [7.2, 6.5, 5.3, 4.1], 175: [1, 2, 3, 4] });
    const falls = { direction: "falls", along: "rising RTT", unit: "Mbit/s" } as const;
    expect(trend(values, { ...falls, bandwidthsMbit: [350] }).verdict).toBe("holds");
    expect(trend(values, falls).verdict).toBe("does not hold");
  });

  it("runs from high to low bandwidth at each RTT", () => {
    const asBandwidthFalls = (rows: Record<number, number[]>) =>
      trend(grid([20, 50], rows), { direction: "grows", along: "falling bandwidth", unit: "s" });
    expect(asBandwidthFalls({ 60: [43.7, 46.8], 350: [14, 16.6], 175: [19.9, 20.6] })).toEqual({
      verdict: "holds",
      finding: "grows in 4 of 4 steps: 20 ms 14.0 → 43.7, 50 ms 16.6 → 46.8 s",
    });
    expect(asBandwidthFalls({ 60: [43.7, 46.8], 350: [14, 21], 175: [19.9, 17] }).finding).toContain(
      "; against it at 50 ms, 350 → 175 Mbit/s: 21.0 → 17.0 s",
    );
  });

  it("is not tested where no two values can be put side by side", () => {
    const falls = { direction: "falls", along: "rising RTT", unit: "ms" } as const;
    const scattered = [point(350, 20, 1), point(60, 50, 2)];
    expect(growsWithRtt(scattered)).toEqual({
      verdict: "not tested",
      finding: "needs two RTTs at one bandwidth",
    });
    expect(trend(scattered, { ...falls, bandwidthsMbit: [350, 60] }).finding).toBe(
      "needs two RTTs at 350 or 60 Mbit/s",
    );
  });
});

describe("independence of the initial RTT", () => {
  it("is a slope near zero, whatever other bandwidths do", () => {
    const values = grid(rtts, { 350: [20, 50, 100, 150], 60: [154, 160, 164, 170] });
    expect(independentOfRtt(values, 60)).toEqual({
      verdict: "holds",
      finding: "0.12 ms per ms of initial RTT: 154 → 170 ms over 20 → 150 ms RTT",
    });
    expect(independentOfRtt(values, 350).verdict).toBe("does not hold");
    expect(independentOfRtt(grid(rtts, { 60: [170, 140, 100, 60] }), 60).verdict).toBe("does not hold");
    expect(independentOfRtt(values, 175).verdict).toBe("not tested");
  });
});

describe("the effect of the RTT", () => {
  it("is the factor from the first RTT to the last, up or down", () => {
    const table49 = grid(rtts, { 350: [14, 17, 29, 42], 175: [20, 21, 35, 49], 60: [44, 47, 48, 50] });
    expect(rttMattersMoreAtHighBandwidth(table49)).toEqual({
      verdict: "holds",
      finding: "×3.00 at 350 Mbit/s, ×2.45 at 175 Mbit/s, ×1.14 at 60 Mbit/s over 20 → 150 ms RTT",
    });
    expect(rttMattersMoreAtHighBandwidth(grid([20, 150], { 350: [3, 2], 60: [4, 1] })).verdict).toBe(
      "does not hold",
    );
  });

  it("must be larger beyond the error", () => {
    const rows = { 350: [10, 13], 60: [40, 50] };
    expect(rttMattersMoreAtHighBandwidth(grid([20, 150], rows)).verdict).toBe("holds");
    expect(rttMattersMoreAtHighBandwidth(grid([20, 150], rows, 2)).verdict).toBe("does not hold");
  });

  it("is not tested over different RTTs, with one bandwidth, or without a factor", () => {
    const uneven = [point(350, 20, 1), point(350, 150, 2), point(60, 20, 1), point(60, 100, 2)];
    expect(rttMattersMoreAtHighBandwidth(uneven).verdict).toBe("not tested");
    expect(rttMattersMoreAtHighBandwidth(grid(rtts, { 350: [1, 2, 3, 4] })).verdict).toBe("not tested");
    expect(rttMattersMoreAtHighBandwidth(grid([20, 150], { 350: [0, 2], 60: [1, 2] })).verdict).toBe(
      "not tested",
    );
  });
});

it("a value above zero is so by more than its error", () => {
  expect(aboveZero(grid([20, 150], { 350: [5, 0.2] }, 0.1), "ms").verdict).toBe("holds");
  expect(aboveZero(grid([20, 150], { 350: [5, 0.2] }, 0.3), "ms")).toEqual({
    verdict: "does not hold",
    finding: "beyond the error at 1 of 2 points: 0.20 to 5.00 ms",
  });
  expect(aboveZero([], "ms").verdict).toBe("not tested");
});
