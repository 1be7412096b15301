import type { Profile } from "../experiment/schema.js";
import type { SimulationParameters } from "../testbed/sim/parameters.js";
import { type Belief, bestProcess, type GaussianProcess, type Kernel } from "./gaussian-process.js";
import type { KnownMigration } from "./knowledge-base.js";
import type { MigrationOutlook, MigrationQuestion } from "./migration-question.js";
import { type Convergent, type Endless, preCopy } from "./pre-copy.js";

/** Share of true values that a prediction interval is to hold. */
export const COVERAGE = 0.9;

/** Beyond the known range by more than this factor, nothing is known. */
const REACH = 1.25;

/** A prediction with its interval. */
export interface Prediction {
  readonly value: number;
  /** null: too little is known for an interval. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

export interface MigrationEstimate {
  readonly kind: "convergent";
  readonly totalTimeS: Prediction;
  readonly downtimeMs: Prediction;
  readonly deltaRttMs: Prediction;
  /** What the closed form says by itself. */
  readonly closedForm: Convergent;
  /** Recorded migrations that corrected it. */
  readonly knownMigrations: number;
  /** Why the estimate is the closed form's alone, one line each; empty where the knowledge base covers the question. */
  readonly unknown: readonly string[];
}

export type Estimator = (question: MigrationQuestion) => MigrationEstimate | Endless;

const quantities = ["totalTimeS", "downtimeMs", "rttMs"] as const;
type Quantity = (typeof quantities)[number];
/** `rttMs`: the mean during the migration; it is never zero, so that ratios of it have a meaning. */
type Quantities = Readonly<Record<Quantity, number>>;

/**
 * How far the ratio of observed to computed carries along the coordinates of placeOf, how much it differs between far
 * places, and between migrations at one place. Those that best foretell the known migrations from each other are taken.
 */
const KERNELS: readonly Kernel[] = [0.5, 1, 2].flatMap((reach) =>
  [0.1, 0.4].flatMap((priorDeviation) =>
    [0.02, 0.08, 0.2].map((noiseDeviation) => ({
      lengths: [reach, 2 * reach, 2 * reach, reach, reach],
      priorDeviation,
      noiseDeviation,
    })),
  ),
);

/**
 * Predicts a migration as thesis 4.7 proposes: first from the resources, in closed form, then corrected by what recorded
 * migrations of the same kind took against the closed form. An interval is as wide as the correction's own uncertainty, scaled so
 * that it would have held {@link COVERAGE} of the known migrations had nothing been known where each was measured
 * (conformal prediction, jackknife by place).
 *
 * @param known migrations of the profile that is asked about; see knowledgeOf.
 */
export function estimator(
  profile: Profile,
  constants: SimulationParameters,
  known: readonly KnownMigration[],
): Estimator {
  const computed = (question: MigrationQuestion) => preCopy(question, profile, constants);
  const lessons = known.flatMap(({ question, observed }) => {
    const expected = computed(question);
    return expected.kind === "endless" ? [] : [{ question, expected, observed }];
  });
  const corrections = new Map<Quantity, Correction>();
  if (lessons.length > 1) {
    const places = lessons.map(({ question, expected }) => placeOf(question, expected));
    for (const quantity of quantities) {
      const values = lessons.map(({ question, observed, expected }) =>
        Math.log(quantitiesOf(observed, question)[quantity] / quantitiesOf(expected, question)[quantity]),
      );
      corrections.set(quantity, correction(places, values));
    }
  }
  const ranges = rangesOf(lessons.map(({ question }) => question));

  return (question) => {
    const closedForm = computed(question);
    if (closedForm.kind === "endless") return closedForm;
    const unknown = corrections.size === 0 ? [NOTHING_KNOWN] : beyond(question, ranges);
    const plain = quantitiesOf(closedForm, question);
    const predict = (quantity: Quantity): Prediction => {
      const value = plain[quantity];
      const found = unknown.length > 0 ? undefined : corrections.get(quantity);
      if (found === undefined) return { value, interval: null };
      const { mean, deviation } = found.process.at(placeOf(question, closedForm));
      const corrected = value * Math.exp(mean);
      if (found.scale === Infinity) return { value: corrected, interval: null };
      const reach = Math.exp(found.scale * deviation);
      return { value: corrected, interval: { low: corrected / reach, high: corrected * reach } };
    };
    const rtt = predict("rttMs");
    const delta = (ms: number): number => Math.max(0, ms - question.rttMs);
    return {
      kind: "convergent",
      totalTimeS: predict("totalTimeS"),
      downtimeMs: predict("downtimeMs"),
      deltaRttMs: {
        value: delta(rtt.value),
        interval: rtt.interval && { low: delta(rtt.interval.low), high: delta(rtt.interval.high) },
      },
      closedForm,
      knownMigrations: lessons.length,
      unknown,
    };
  };
}

const NOTHING_KNOWN = "no recorded migration of this profile";

function quantitiesOf(
  { totalTimeS, downtimeMs, deltaRttMs }: MigrationOutlook,
  { rttMs }: MigrationQuestion,
): Quantities {
  // A mean RTT a little below the initial one is noise; a millisecond keeps its logarithm finite.
  return { totalTimeS, downtimeMs: Math.max(1, downtimeMs), rttMs: Math.max(1, rttMs + deltaRttMs) };
}

/** Where a migration lies among others: how full its path is and how fast, and how hard its memory is to outrun. */
function placeOf(question: MigrationQuestion, { path }: Convergent): number[] {
  const { dirtyMiBPerS, workingSetMiB, memoryMiB } = question;
  return [
    Math.log(path.fill + 0.01),
    Math.log(question.rateBps),
    Math.log(memoryMiB),
    (dirtyMiBPerS * 2 ** 20) / path.rateBytesPerS,
    (dirtyMiBPerS > 0 ? workingSetMiB : 0) / memoryMiB,
  ];
}

interface Correction {
  readonly process: GaussianProcess;
  /** Deviations to either side that would have held the wanted share of the known migrations; Infinity for fewer than nine. */
  readonly scale: number;
}

function correction(places: readonly (readonly number[])[], values: readonly number[]): Correction {
  const process = bestProcess(places, values, KERNELS);
  return { process, scale: conformalScale(values, process.fromOtherPlaces()) };
}

/** The ⌈(n + 1) · coverage⌉-th smallest of |value − mean| / deviation, each place left out in turn (Vovk et al., 2005). */
function conformalScale(values: readonly number[], leftOut: readonly Belief[]): number {
  const scores = leftOut
    .map(({ mean, deviation }, index) => Math.abs((values[index] ?? 0) - mean) / deviation)
    .sort((a, b) => a - b);
  return scores[Math.ceil((scores.length + 1) * COVERAGE) - 1] ?? Infinity;
}

const asked = [
  ["rateBps", "rate", 1e6, "Mbit/s"],
  ["rttMs", "RTT", 1, "ms"],
  ["memoryMiB", "memory", 1, "MiB"],
  ["dirtyMiBPerS", "dirty rate", 1, "MiB/s"],
] as const;

type Ranges = Readonly<Record<(typeof asked)[number][0], readonly [least: number, most: number]>>;

function rangesOf(questions: readonly MigrationQuestion[]): Ranges {
  const range = (key: keyof Ranges) => {
    const values = questions.map((question) => question[key]);
    return [Math.min(...values), Math.max(...values)] as const;
  };
  return {
    rateBps: range("rateBps"),
    rttMs: range("rttMs"),
    memoryMiB: range("memoryMiB"),
    dirtyMiBPerS: range("dirtyMiBPerS"),
  };
}

function beyond(question: MigrationQuestion, ranges: Ranges): string[] {
  return asked.flatMap(([key, name, per, unit]) => {
    const value = question[key];
    const [least, most] = ranges[key];
    if (value >= least / REACH && value <= most * REACH) return [];
    const known = least === most ? `only ${least / per}` : `${least / per} to ${most / per}`;
    return [`${name} ${value / per} ${unit}: recorded migrations have ${known} ${unit}`];
  });
}
