import { expect, it } from "vitest";
import { decisionLines, explanationLines } from "../../src/cli/decision-lines.js";
import { decide } from "../../src/decision/algorithm.js";
import { estimator } from "../../src/decision/estimator.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import { profileNamed } from "../experiment/profile-named.js";

const estimate = estimator(await profileNamed("modern"), simulationParameters(), []);
const question = { rateBps: 350e6, rttMs: 50, memoryMiB: 263, dirtyMiBPerS: 0, workingSetMiB: 0 };
const user = { initialRttMs: 50, serviceInitiationS: 20 };

it("answers in one line, and says what is not known", () => {
  const found = estimate(question);
  expect(decisionLines(decide(found, user), found)).toEqual([
    "migrate (step 3)",
    "not known, closed form alone: no recorded migration of this profile",
  ]);
});

it("explains by steps, class and limit", () => {
  const found = estimate(question);
  const lines = explanationLines(decide(found, user), found, question);
  expect(lines.slice(0, 3).map((line) => line.slice(0, 5))).toEqual(["  1. ", "  2. ", "  3. "]);
  expect(lines.join("\n")).toMatch(/crisp \(Table 3\.2\); downtime \d+ ms/);
  expect(lines.at(-1)).toMatch(
    /at 335 Mbit\/s, limited by the link; recorded migrations of this profile: 0$/,
  );
});

it("has nothing but the steps for a migration that never ends", () => {
  const endless = { ...question, dirtyMiBPerS: 1000, workingSetMiB: 250 };
  const found = estimate(endless);
  const decision = decide(found, user);
  expect(decisionLines(decision, found)).toEqual(["start anew (step 5)"]);
  expect(explanationLines(decision, found, endless)).toHaveLength(2);
});
