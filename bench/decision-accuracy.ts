/**
 * How well the estimator of `cloudlet decide` predicts migrations that it has not seen: each real one from the others,
 * each real point (all repetitions at one rate and RTT) from the other points, and simulated ones by ten-fold
 * cross-validation. Writes results/decision/accuracy.csv and prints the tables of docs/decision.md.
 *
 *   npx tsx bench/decision-accuracy.ts
 */
import { stringify } from "csv-stringify/sync";
import { mean, median, quantile } from "simple-statistics";
import type { MigrationEstimate } from "../src/decision/estimator.js";
import type { KnownMigration } from "../src/decision/knowledge-base.js";
import { preCopy } from "../src/decision/pre-copy.js";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import {
  type Kind,
  realKinds,
  resultFile,
  simulatedKinds,
  writtenKind,
} from "./decision/known-migrations.js";
import {
  constants,
  estimatorsWithout,
  type Grouping,
  oneMigration,
  onePoint,
  oneTenth,
} from "./decision/left-out.js";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const rows: unknown[][] = [
  [
    ...["migrations", "leftOut", "place", "rateMbit", "rttMs", "memoryMiB", "dirtyMiBPerS", "quantity"],
    ...["observed", "closedForm", "predicted", "low", "high", "boundMs", "unknown"],
  ],
];

interface Predicted {
  readonly migration: KnownMigration;
  readonly estimate: MigrationEstimate;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

print(
  "| migrations | left out | n | total time: mean error | 90 % of them below | closed form alone | intervals hold |",
);
print("| --- | --- | --- | --- | --- | --- | --- |");
const recorded = [...(await realKinds()), await writtenKind()];
const simulated = await simulatedKinds();
const splits = [
  ...recorded.flatMap((kind) => [
    { kind, grouping: oneMigration },
    { kind, grouping: onePoint },
  ]),
  ...simulated.map((kind) => ({ kind, grouping: oneTenth })),
];
const all = splits.map(({ kind, grouping }) => [kind.name, grouping.name, predict(kind, grouping)] as const);
for (const [name, leftOut, found] of all) summarise(name, leftOut, found);
print(
  "\n| migrations | left out | downtime: mean error | hold | delta RTT above its bound: n | mean error | median | below its bound: n | mean error, ms | all: within bound or 20 % | intervals hold |",
);
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const [name, leftOut, found] of all) summariseRtt(name, leftOut, found);
print(
  "\n| repetitions, each by the mean of the others of its point | n | total time: mean error | downtime: mean error | delta RTT above its bound: n | mean error | median error |",
);
print("| --- | --- | --- | --- | --- | --- | --- |");
for (const kind of recorded) summariseRepetitions(kind);
print("\n| simulated | ended | of them called endless | never ended | of them called endless |");
print("| --- | --- | --- | --- | --- |");
for (const kind of simulated) summariseEndless(kind);
await writeFileAtomically(resultFile("accuracy.csv"), stringify(rows));

function predict(kind: Kind, grouping: Grouping): Predicted[] {
  const estimators = estimatorsWithout(kind, grouping);
  return kind.migrations.flatMap((migration, index) => {
    const estimate = estimators[index]?.(migration.question);
    return estimate?.kind === "convergent" ? [{ migration, estimate }] : [];
  });
}

function summarise(name: string, leftOut: string, found: readonly Predicted[]): void {
  const known = found.filter(({ estimate }) => estimate.unknown.length === 0);
  const errors = known.map(({ migration, estimate }) =>
    Math.abs(estimate.totalTimeS.value / migration.observed.totalTimeS - 1),
  );
  const plain = found.map(({ migration, estimate }) =>
    Math.abs(estimate.closedForm.totalTimeS / migration.observed.totalTimeS - 1),
  );
  const held = known.filter(({ migration, estimate }) =>
    holds(estimate.totalTimeS, migration.observed.totalTimeS),
  );
  print(
    `| ${name} | ${leftOut} | ${known.length} of ${found.length} | ${percent(mean(errors))} | ${percent(quantile(errors, 0.9))} | ${percent(mean(plain))} | ${percent(held.length / known.length)} |`,
  );
  for (const { migration, estimate } of found) record(name, leftOut, migration, estimate);
}

function summariseRtt(name: string, leftOut: string, found: readonly Predicted[]): void {
  const known = found.filter(({ estimate }) => estimate.unknown.length === 0);
  const downtimes = known.map(({ migration, estimate }) =>
    Math.abs(estimate.downtimeMs.value / migration.observed.downtimeMs - 1),
  );
  const downtimesHeld = known.filter(({ migration, estimate }) =>
    holds(estimate.downtimeMs, migration.observed.downtimeMs),
  );
  const errorMs = ({ migration, estimate }: Predicted): number =>
    Math.abs(estimate.deltaRttMs.value - migration.observed.deltaRttMs);
  const clear = known.filter(({ migration }) => isClear(migration));
  const unclear = known.filter(({ migration }) => !isClear(migration));
  const relative = clear.map((each) => errorMs(each) / each.migration.observed.deltaRttMs);
  const within = known.filter(
    (each) =>
      errorMs(each) <= Math.max(1, each.migration.deltaRttBoundMs, 0.2 * each.migration.observed.deltaRttMs),
  );
  const held = known.filter(({ migration, estimate }) =>
    holds(estimate.deltaRttMs, Math.max(0, migration.observed.deltaRttMs)),
  );
  print(
    `| ${name} | ${leftOut} | ${percent(mean(downtimes))} | ${percent(downtimesHeld.length / known.length)} | ${clear.length} | ${percent(mean(relative))} | ${percent(median(relative))} | ${unclear.length} | ${unclear.length === 0 ? "" : mean(unclear.map(errorMs)).toFixed(1)} | ${percent(within.length / known.length)} | ${percent(held.length / known.length)} |`,
  );
}

/** What no estimator can know: how far a repetition is from the others at the same rate and RTT, with the same memory. */
function summariseRepetitions({ name, migrations }: Kind): void {
  const repeated = migrations.flatMap((migration, index) => {
    const point = onePoint.groupOf(migration, index);
    const others = migrations.filter(
      (other, at) =>
        at !== index &&
        onePoint.groupOf(other, at) === point &&
        other.question.memoryMiB === migration.question.memoryMiB,
    );
    return others.length === 0 ? [] : [{ migration, others }];
  });
  if (repeated.length === 0) return;
  const errors = (quantity: "totalTimeS" | "downtimeMs" | "deltaRttMs", of = repeated): number[] =>
    of.map(({ migration, others }) =>
      Math.abs(mean(others.map(({ observed }) => observed[quantity])) / migration.observed[quantity] - 1),
    );
  const clear = repeated.filter(({ migration }) => isClear(migration));
  const rtt = errors("deltaRttMs", clear);
  print(
    `| ${name} | ${repeated.length} | ${percent(mean(errors("totalTimeS")))} | ${percent(mean(errors("downtimeMs")))} | ${clear.length} | ${percent(mean(rtt))} | ${percent(median(rtt))} |`,
  );
}

/** Whether a delta RTT is more than the bound of its measurement. */
function isClear({ observed, deltaRttBoundMs }: KnownMigration): boolean {
  return observed.deltaRttMs > Math.max(deltaRttBoundMs, 1);
}

function summariseEndless({ name, profile, migrations, endless }: Kind): void {
  const called = (questions: readonly KnownMigration["question"][]): number =>
    questions.filter((question) => preCopy(question, profile, constants).kind === "endless").length;
  const ended = migrations.map(({ question }) => question);
  print(
    `| ${name} | ${ended.length} | ${called(ended)} | ${endless.length} | ${called(endless.map(({ question }) => question))} |`,
  );
}

function holds({ interval }: MigrationEstimate["totalTimeS"], value: number): boolean {
  return interval !== null && value >= interval.low && value <= interval.high;
}

function record(name: string, leftOut: string, migration: KnownMigration, estimate: MigrationEstimate): void {
  const { question, observed, deltaRttBoundMs, place } = migration;
  const rounded = (value: number | undefined): number | null =>
    value === undefined ? null : Number(value.toPrecision(5));
  for (const quantity of ["totalTimeS", "downtimeMs", "deltaRttMs"] as const) {
    const { value, interval } = estimate[quantity];
    rows.push([
      ...[name, leftOut, place, question.rateBps / 1e6, question.rttMs, question.memoryMiB],
      ...[
        question.dirtyMiBPerS,
        quantity,
        rounded(observed[quantity]),
        rounded(estimate.closedForm[quantity]),
      ],
      ...[rounded(value), rounded(interval?.low), rounded(interval?.high)],
      ...[quantity === "deltaRttMs" ? rounded(deltaRttBoundMs) : null, estimate.unknown.length],
    ]);
  }
}
