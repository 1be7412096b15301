import { nearestKey } from "../experiment/nearest-key.js";
import { Failure } from "../failure.js";
import type { Comparison } from "./comparison.js";

/** The largest mean absolute relative error of a metric with which a comparison still passes. */
export interface Gate {
  readonly metric: string;
  readonly percent: number;
}

/**
 * Reads a gate, e.g. `totalMigrationTimeS<=8`.
 *
 * @throws Failure (usage) when it is none.
 */
export function parseGate(text: string): Gate {
  const [, metric, number] = /^\s*([A-Za-z]\w*)\s*<=\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text) ?? [];
  const percent = Number(number);
  if (metric === undefined || !Number.isFinite(percent)) {
    throw new Failure(`${JSON.stringify(text)} is no gate`, {
      kind: "usage",
      place: "--gate",
      mend: "write it as METRIC<=PERCENT in quotes, e.g. 'totalMigrationTimeS<=10'",
    });
  }
  return { metric, percent };
}

/** @throws Failure (usage) for a gate on a metric that this comparison has not. */
export function demandKnown(gates: readonly Gate[], { metrics }: Comparison): void {
  const known = metrics.map(({ metric }) => metric.id);
  for (const { metric } of gates) {
    if (known.includes(metric)) continue;
    const nearest = nearestKey(metric, known);
    throw new Failure(`${metric} is not compared here`, {
      kind: "usage",
      place: `--gate ${metric}`,
      mend: `${nearest === undefined ? "" : `did you mean ${nearest}? `}there are: ${known.join(", ")}`,
    });
  }
}

/** One failure (comparison) for each gate that does not hold. A metric without a residual passes no gate. */
export function failedGates(gates: readonly Gate[], { metrics, run, reference }: Comparison): Failure[] {
  return gates.flatMap(({ metric, percent }) => {
    const found = metrics.find((candidate) => candidate.metric.id === metric);
    const error = found?.agreement.meanAbsoluteRelativeError ?? null;
    if (error !== null && error * 100 <= percent) return [];
    const is =
      error === null
        ? "unknown, as no pair of values has a relative residual"
        : `${(error * 100).toFixed(2)} %`;
    return [
      new Failure(
        `the mean absolute relative error of ${run.label} beside ${reference.label} is ${is}, allowed: ${percent} %`,
        { kind: "comparison", place: `--gate ${metric}<=${percent}` },
      ),
    ];
  });
}
