import { describe, expect, it } from "vitest";
import {
  confidenceHalfWidth,
  meanEstimate,
  relativeHalfWidth,
  studentT,
} from "../../src/metric/student-t.js";

describe("Student's t", () => {
  /** Two-sided 95 % and 99 % quantiles as statistical tables print them. */
  it.each([
    [0.95, 1, 12.7062],
    [0.95, 2, 4.3027],
    [0.95, 3, 3.1824],
    [0.95, 4, 2.7764],
    [0.95, 9, 2.2622],
    [0.95, 30, 2.0423],
    [0.95, 1000, 1.9623],
    [0.99, 2, 9.9248],
    [0.99, 5, 4.0321],
  ])("P = %d, ν = %i: %d", (confidence, degrees, table) => {
    expect(studentT(confidence, degrees)).toBeCloseTo(table, 4);
  });

  it("gives the half-width of a mean, checked by hand", () => {
    // mean 12, s = 2, 2/√3 · 4.3027
    expect(confidenceHalfWidth([10, 12, 14])).toBeCloseTo(4.9683, 4);
    expect(meanEstimate([10, 12, 14])?.value).toBe(12);
  });

  it("knows no spread of one value", () => {
    expect(confidenceHalfWidth([10])).toBeUndefined();
  });
});

it("states the half-width as a share of the mean, where there is one", () => {
  expect(relativeHalfWidth([10, 12, 14])).toBeCloseTo(4.9683 / 12, 4);
  expect(relativeHalfWidth([-10, -12, -14])).toBeCloseTo(4.9683 / 12, 4);
  expect(relativeHalfWidth([3, 3])).toBe(0);
  expect(relativeHalfWidth([3])).toBeNull();
  expect(relativeHalfWidth([-1, 1])).toBeNull();
});
