import { decide } from "../decision/algorithm.js";
import type { MigrationEstimate } from "../decision/estimator.js";
import { migrationCostS, newServiceCostS } from "../decision/experience-cost.js";
import type { Endless } from "../decision/pre-copy.js";

/** How a cloudlet decides when a device has come to it, and whether it starts before that. */
export interface Policy {
  readonly name: string;
  /** Section 5.1: the migration starts when the device is about to cross, by its present course. */
  readonly early: boolean;
  migrates(estimate: MigrationEstimate | Endless, rttMs: number, serviceInitiationS: number): boolean;
}

const thesis: Policy["migrates"] = (estimate, initialRttMs, serviceInitiationS) =>
  decide(estimate, { initialRttMs, serviceInitiationS }).action === "migrate";

const leastCost: Policy["migrates"] = (estimate, rttMs, serviceInitiationS) =>
  estimate.kind === "convergent" &&
  migrationCostS({
    totalTimeS: estimate.totalTimeS.value,
    downtimeMs: estimate.downtimeMs.value,
    rttMs: rttMs + estimate.deltaRttMs.value,
  }) < newServiceCostS(serviceInitiationS);

export const policies: readonly Policy[] = [
  { name: "always", early: false, migrates: () => true },
  { name: "never", early: false, migrates: () => false },
  { name: "thesis 4.7", early: false, migrates: thesis },
  { name: "least cost", early: false, migrates: leastCost },
  { name: "least cost, early (5.1)", early: true, migrates: leastCost },
];
