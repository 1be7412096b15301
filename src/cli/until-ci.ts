import type { Experiment } from "../experiment/schema.js";
import { Failure } from "../failure.js";
import type { Metric } from "../metric/contract.js";
import { relativeHalfWidth } from "../metric/student-t.js";
import type { StopRule } from "../run/stop-rule.js";

/** One repetition has no interval, and two that happen to lie close make a narrow one of chance alone. */
const USUAL_MINIMUM = 3;
const USUAL_MAXIMUM = 10;

export interface RepeatFlags {
  readonly repeat?: number | undefined;
  readonly "until-ci"?: string | undefined;
  readonly "max-repeat"?: number | undefined;
}

/** How often each point is measured, as the flags say. */
export interface Repeat {
  readonly minRepeat: number;
  readonly maxRepeat: number;
  /** Half-width of the 95 % interval, as a share of the mean, that ends the repetitions; without it all are made. */
  readonly relativeHalfWidth?: number;
}

/** @throws Failure (usage) for flags that contradict each other. */
export function repeatOf(flags: RepeatFlags): Repeat {
  const { repeat, "until-ci": untilCi, "max-repeat": most } = flags;
  if (untilCi === undefined) return { minRepeat: repeat ?? 1, maxRepeat: repeat ?? 1 };
  const maxRepeat = most ?? Math.max(USUAL_MAXIMUM, repeat ?? 0);
  const minRepeat = repeat ?? Math.min(USUAL_MINIMUM, maxRepeat);
  if (minRepeat < 2) {
    throw new Failure("one repetition has no confidence interval", {
      kind: "usage",
      place: `--repeat ${minRepeat} --until-ci ${untilCi}`,
      mend: "write --repeat 2 or more, or leave it out for 3",
    });
  }
  if (maxRepeat < minRepeat) {
    throw new Failure(`at least ${minRepeat} and at most ${maxRepeat} repetitions`, {
      kind: "usage",
      place: `--repeat ${minRepeat} --max-repeat ${maxRepeat}`,
      mend: `write --max-repeat ${minRepeat} or more`,
    });
  }
  return { minRepeat, maxRepeat, relativeHalfWidth: share(untilCi) };
}

function share(text: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text.trim()) ?? [];
  const value = Number(percent) / 100;
  if (value > 0 && value < 1) return value;
  throw new Failure(`${JSON.stringify(text)} can't be taken`, {
    kind: "usage",
    place: "--until-ci",
    mend: "write a share of the mean, more than 0% and less than 100%, e.g. 5%",
  });
}

/**
 * Measures a point until the 95 % interval of its headline metric is narrow enough; undefined when the flags
 * ask for a fixed number of repetitions.
 */
export function stopRuleOf(
  { minRepeat, maxRepeat, relativeHalfWidth: wanted }: Repeat,
  experiments: readonly Experiment[],
  metrics: readonly Metric[],
): StopRule | undefined {
  if (wanted === undefined) return undefined;
  const watched = new Map(
    experiments.map(({ scenario }) => {
      const metric = metrics.find(({ headlineOf }) => headlineOf?.includes(scenario));
      if (metric === undefined)
        throw new Error(`no metric in src/metric/catalog is the headline of ${scenario}`);
      return [scenario, metric];
    }),
  );
  return {
    declared: {
      interval: "t95",
      relativeHalfWidth: wanted,
      minRepeat,
      maxRepeat,
      metrics: Object.fromEntries([...watched].map(([scenario, { id }]) => [scenario, id])),
    },
    valueOf: (cell) =>
      cell.record.status === "ok" ? watched.get(cell.record.scenario)?.compute(cell)?.value : undefined,
    relativeHalfWidthOf: relativeHalfWidth,
  };
}
