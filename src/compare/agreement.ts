import { mean, sampleRankCorrelation } from "simple-statistics";
import type { Pair } from "./residual.js";

/** How well a run agrees with its reference in one metric. */
export interface Agreement {
  /** Pairs with a relative residual. */
  readonly n: number;
  /** Mean of |relative residual|; null without a pair. */
  readonly meanAbsoluteRelativeError: number | null;
  /** Pairs with the smallest and the largest |relative residual|. */
  readonly best: Pair | null;
  readonly worst: Pair | null;
  /**
   * Spearman's rank correlation of both sides over all pairs; null for fewer than three, where chance alone
   * gives ±1, and where one side is constant.
   */
  readonly rankCorrelation: number | null;
}

export function agreementOf(pairs: readonly Pair[]): Agreement {
  const judged = pairs
    .flatMap((pair) =>
      pair.relativeResidual === null ? [] : [{ pair, error: Math.abs(pair.relativeResidual) }],
    )
    .sort((a, b) => a.error - b.error);
  return {
    n: judged.length,
    meanAbsoluteRelativeError: judged.length === 0 ? null : mean(judged.map(({ error }) => error)),
    best: judged[0]?.pair ?? null,
    worst: judged.at(-1)?.pair ?? null,
    rankCorrelation: rankCorrelation(pairs),
  };
}

const FEWEST_RANKED = 3;

function rankCorrelation(pairs: readonly Pair[]): number | null {
  if (pairs.length < FEWEST_RANKED) return null;
  const rho = sampleRankCorrelation(
    pairs.map(({ run }) => run.value),
    pairs.map(({ reference }) => reference.value),
  );
  return Number.isFinite(rho) ? rho : null;
}
