import { describe, expect, it } from "vitest";
import { estimator, type MigrationEstimate } from "../../src/decision/estimator.js";
import type { KnownMigration } from "../../src/decision/knowledge-base.js";
import type { MigrationQuestion } from "../../src/decision/migration-question.js";
import { preCopy } from "../../src/decision/pre-copy.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import { profileNamed } from "../experiment/profile-named.js";

const constants = simulationParameters();
const profile = await profileNamed("modern");
const question: MigrationQuestion = {
  rateBps: 100e6,
  rttMs: 40,
  memoryMiB: 263,
  dirtyMiBPerS: 0,
  workingSetMiB: 0,
};

/** Migrations that all take so much longer than the closed form says, give or take 2 %. */
const known = (factor: number): KnownMigration[] =>
  [60, 80, 100, 120, 150, 200].flatMap((mbit) =>
    [20, 40, 80].map((rttMs, index) => {
      const asked = { ...question, rateBps: mbit * 1e6, rttMs };
      const expected = preCopy(asked, profile, constants);
      if (expected.kind === "endless") throw new Error("it never ends");
      return {
        question: asked,
        observed: { ...expected, totalTimeS: expected.totalTimeS * factor * (0.98 + 0.02 * index) },
        deltaRttBoundMs: 1,
        place: `${mbit} × ${rttMs}`,
      };
    }),
  );

function estimateOf(migrations: readonly KnownMigration[], asked: Partial<MigrationQuestion> = {}) {
  return estimator(profile, constants, migrations)({ ...question, ...asked }) as MigrationEstimate;
}

describe("the estimator", () => {
  it("is the closed form, without intervals, as long as nothing is known", () => {
    const estimate = estimateOf([]);
    expect(estimate.totalTimeS).toEqual({ value: estimate.closedForm.totalTimeS, interval: null });
    expect(estimate.unknown).toEqual(["no recorded migration of this profile"]);
  });

  it("learns what recorded migrations take beyond the closed form", () => {
    const { totalTimeS, closedForm, unknown } = estimateOf(known(1.3));
    expect(unknown).toEqual([]);
    expect(totalTimeS.value / closedForm.totalTimeS).toBeCloseTo(1.3, 1);
    expect(totalTimeS.interval?.low).toBeLessThan(totalTimeS.value);
    expect(totalTimeS.interval?.high).toBeGreaterThan(totalTimeS.value);
  });

  it("gives no interval from fewer than nine migrations, and a wider one from more scattered ones", () => {
    expect(estimateOf(known(1.3).slice(4, 12)).totalTimeS.interval).toBeNull();
    const scattered = known(1).map((migration, index) => {
      const { observed } = migration;
      const totalTimeS = observed.totalTimeS * (index % 2 === 0 ? 1.2 : 1);
      return { ...migration, observed: { ...observed, totalTimeS } };
    });
    const width = ({ totalTimeS: { interval } }: MigrationEstimate) =>
      (interval?.high ?? NaN) / (interval?.low ?? NaN);
    expect(width(estimateOf(scattered))).toBeGreaterThan(width(estimateOf(known(1))));
  });

  it("says that it does not know outside of what was recorded", () => {
    const { unknown, totalTimeS, closedForm } = estimateOf(known(1.3), { memoryMiB: 2000, dirtyMiBPerS: 1 });
    expect(unknown).toEqual([
      "memory 2000 MiB: recorded migrations have only 263 MiB",
      "dirty rate 1 MiB/s: recorded migrations have only 0 MiB/s",
    ]);
    expect(totalTimeS).toEqual({ value: closedForm.totalTimeS, interval: null });
  });

  it("passes on that a migration never ends", () => {
    const asked = { ...question, dirtyMiBPerS: 500, workingSetMiB: 250 };
    expect(estimator(profile, constants, known(1))(asked).kind).toBe("endless");
  });

  it("never foretells a negative delta RTT", () => {
    expect(estimateOf(known(1), { rateBps: 200e6, rttMs: 100 }).deltaRttMs.value).toBeGreaterThanOrEqual(0);
  });
});
