import { decide } from "../decision/algorithm.js";
import type { MigrationEstimate } from "../decision/estimator.js";
import { COST_WEIGHTS, migrationCostS, newServiceCostS } from "../decision/experience-cost.js";
import type { Endless } from "../decision/pre-copy.js";
import { responseClassOf } from "../paper/response-class.js";
import type { WanLoad } from "./shared-wan.js";

/** How a cloudlet decides when a device has come to it, and whether it starts before that. */
export interface Policy {
  readonly name: string;
  /** Section 5.1: the migration starts when the device is about to cross, by its present course. */
  readonly early: boolean;
  /** @param load what is under way at both ends, without the migration in question. */
  migrates(
    estimate: MigrationEstimate | Endless,
    rttMs: number,
    serviceInitiationS: number,
    load: WanLoad,
  ): boolean;
}

const thesis: Policy["migrates"] = (estimate, initialRttMs, serviceInitiationS) =>
  decide(estimate, { initialRttMs, serviceInitiationS }).action === "migrate";

const ownCostS = (estimate: MigrationEstimate, rttMs: number): number =>
  migrationCostS({
    totalTimeS: estimate.totalTimeS.value,
    downtimeMs: estimate.downtimeMs.value,
    rttMs: rttMs + estimate.deltaRttMs.value,
  });

/**
 * What a migration costs those that share an access with it: each is held up by as long as this one takes alone, at the RTT class of
 * this one. Alone it takes its time over the number that share.
 */
function othersCostS(estimate: MigrationEstimate, rttMs: number, { others, sharing }: WanLoad): number {
  const weight = COST_WEIGHTS.perSecond[responseClassOf(rttMs + estimate.deltaRttMs.value)];
  return (weight * others * estimate.totalTimeS.value) / (sharing + 1);
}

const leastCost: Policy["migrates"] = (estimate, rttMs, serviceInitiationS) =>
  estimate.kind === "convergent" && ownCostS(estimate, rttMs) < newServiceCostS(serviceInitiationS);

const leastCostToAll: Policy["migrates"] = (estimate, rttMs, serviceInitiationS, load) =>
  estimate.kind === "convergent" &&
  ownCostS(estimate, rttMs) + othersCostS(estimate, rttMs, load) < newServiceCostS(serviceInitiationS);

export const policies: readonly Policy[] = [
  { name: "always", early: false, migrates: () => true },
  { name: "never", early: false, migrates: () => false },
  { name: "thesis 4.7", early: false, migrates: thesis },
  { name: "least cost", early: false, migrates: leastCost },
  { name: "least cost to all", early: false, migrates: leastCostToAll },
  { name: "least cost, early (5.1)", early: true, migrates: leastCost },
];
