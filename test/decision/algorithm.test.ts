import { describe, expect, it } from "vitest";
import { decide } from "../../src/decision/algorithm.js";
import type { MigrationEstimate } from "../../src/decision/estimator.js";
import { preCopy } from "../../src/decision/pre-copy.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import { profileNamed } from "../experiment/profile-named.js";

const question = { rateBps: 60e6, rttMs: 20, memoryMiB: 263, dirtyMiBPerS: 0, workingSetMiB: 0 };
const closedForm = preCopy(question, await profileNamed("modern"), simulationParameters());

function estimate(totalTimeS: number, deltaRttMs: number): MigrationEstimate {
  if (closedForm.kind === "endless") throw new Error("it never ends");
  const exactly = (value: number) => ({ value, interval: null });
  return {
    kind: "convergent",
    totalTimeS: exactly(totalTimeS),
    deltaRttMs: exactly(deltaRttMs),
    downtimeMs: exactly(200),
    closedForm,
    knownMigrations: 0,
    unknown: [],
  };
}

describe("the algorithm of thesis 4.7", () => {
  it.each([
    // Step 3: at most 150 ms, however long the migration takes.
    [500, 50, 100, 1, "migrate", 3],
    // Step 4: at most 1 s and quicker than a new service.
    [10, 51, 100, 11, "migrate", 4],
    [10, 900, 100, 11, "migrate", 4],
    // Step 5: not quicker, or above 1 s.
    [10, 51, 100, 10, "start anew", 5],
    [10, 901, 100, 11, "start anew", 5],
  ])(
    "takes %d s, delta %d ms on %d ms, service %d s: %s by step %d",
    (time, delta, rtt, service, action, step) => {
      const decision = decide(estimate(time, delta), { initialRttMs: rtt, serviceInitiationS: service });
      expect(decision).toMatchObject({ action, step });
      expect(decision.steps.at(-1)?.step).toBe(step);
    },
  );

  it("tells each step's numbers", () => {
    const { steps } = decide(estimate(12.3, 120), { initialRttMs: 50, serviceInitiationS: 10 });
    expect(steps.map(({ step, text }) => `${step}. ${text}`)).toEqual([
      "1. migration time 12.3 s",
      "2. delta RTT 120 ms",
      "3. initial RTT 50 ms + delta RTT 120 ms = 170 ms, above 150 ms",
      "4. 12.3 s is not less than the service initiation time 10.0 s",
      "5. start a new service",
    ]);
  });

  it("starts anew where the migration would never end", () => {
    const endless = { kind: "endless" as const, path: { rateBytesPerS: 2 ** 20 } as never };
    const decision = decide(endless, { initialRttMs: 20, serviceInitiationS: 60 });
    expect(decision).toMatchObject({ action: "start anew", step: 5 });
  });
});
