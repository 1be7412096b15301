import { describe, expect, it } from "vitest";
import { longestSilenceMs } from "../../src/lab/silence.js";

describe("longestSilenceMs", () => {
  it("finds the gap between two reports", () => {
    expect(longestSilenceMs([10, 20, 300, 310], 0, 320)).toBe(280);
  });

  it("counts the time before the first report and after the last", () => {
    expect(longestSilenceMs([40, 50], 0, 55)).toBe(40);
    expect(longestSilenceMs([10, 20], 0, 90)).toBe(70);
  });

  it("is all of it when there was no report", () => {
    expect(longestSilenceMs([], 5, 105)).toBe(100);
  });

  it("looks at nothing outside of the two moments", () => {
    expect(longestSilenceMs([-500, 10, 20, 900], 0, 25)).toBe(10);
  });
});
