import { type ResponseClass, responseClassOf } from "../paper/response-class.js";

/**
 * What a second in each class of Table 3.2 costs a user, in seconds without any service; and what bytes cost that were sent
 * for nothing. A judgement, not a measurement: docs/decision.md says how far the results hang on it.
 */
export interface CostWeights {
  readonly perSecond: Readonly<Record<ResponseClass, number>>;
  /** For a second in which the VM answers nothing. */
  readonly perStalledSecond: number;
  readonly perWastedGiB: number;
}

export const COST_WEIGHTS: CostWeights = {
  perSecond: {
    crisp: 0,
    "noticeable to annoying": 0.25,
    annoying: 0.5,
    unacceptable: 0.75,
    unusable: 1,
  },
  perStalledSecond: 1,
  perWastedGiB: 10,
};

/** What a user went through while the VM came after. */
export interface MigrationExperience {
  readonly totalTimeS: number;
  readonly downtimeMs: number;
  /** Mean RTT during the migration, ms. */
  readonly rttMs: number;
}

/** Cost of a migration that ends, in seconds without service. */
export function migrationCostS(
  { totalTimeS, downtimeMs, rttMs }: MigrationExperience,
  { perSecond, perStalledSecond }: CostWeights = COST_WEIGHTS,
): number {
  const stalledS = Math.min(totalTimeS, downtimeMs / 1000);
  return perStalledSecond * stalledS + perSecond[responseClassOf(rttMs)] * (totalTimeS - stalledS);
}

/** Cost of waiting for a new service, and of what was sent in vain before. */
export function newServiceCostS(
  serviceInitiationS: number,
  wastedBytes = 0,
  { perSecond, perWastedGiB }: CostWeights = COST_WEIGHTS,
): number {
  return perSecond.unusable * serviceInitiationS + (perWastedGiB * wastedBytes) / 2 ** 30;
}
