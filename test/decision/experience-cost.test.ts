import { expect, it } from "vitest";
import { migrationCostS, newServiceCostS } from "../../src/decision/experience-cost.js";

it("a crisp migration costs its downtime alone", () => {
  expect(migrationCostS({ totalTimeS: 100, downtimeMs: 500, rttMs: 149 })).toBeCloseTo(0.5, 9);
});

it("a noticeable one costs a quarter of its time as well", () => {
  expect(migrationCostS({ totalTimeS: 10, downtimeMs: 2000, rttMs: 150 })).toBeCloseTo(2 + 8 / 4, 9);
});

it("a new service costs its time, and bytes that were sent in vain 10 s for each GiB", () => {
  expect(newServiceCostS(20)).toBe(20);
  expect(newServiceCostS(20, 2 ** 29)).toBe(25);
});
