/**
 * How well the estimator of `cloudlet decide` predicts migrations that it has not seen: each real one from the others,
 * each real point (all repetitions at one rate and RTT) from the other points, and simulated ones by ten-fold
 * cross-validation. Writes results/decision/accuracy.csv and prints the tables of docs/decision.md.
 *
 *   npx tsx bench/decision-accuracy.ts
 */
import { stringify } from "csv-stringify/sync";
import { mean, quantile } from "simple-statistics";
import { estimator, type MigrationEstimate } from "../src/decision/estimator.js";
import type { KnownMigration } from "../src/decision/knowledge-base.js";
import { preCopy } from "../src/decision/pre-copy.js";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import { simulationParameters } from "../src/testbed/sim/parameters.js";
import { type Kind, realKinds, resultFile, simulatedKinds } from "./decision/known-migrations.js";

const FOLDS = 10;
const constants = simulationParameters();
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
const all: [string, string, Predicted[]][] = [];
for (const kind of await realKinds()) {
  all.push([
    kind.name,
    "one migration",
    predictLeftOut(
      kind,
      kind.migrations.map(({ place }) => place),
    ),
  ]);
  const points = kind.migrations.map(({ question }) => `${question.rateBps} ${question.rttMs}`);
  all.push([kind.name, "one point", predictLeftOut(kind, points)]);
}
const simulated = await simulatedKinds();
for (const kind of simulated) {
  const folds = kind.migrations.map((_, index) => String(index % FOLDS));
  all.push([kind.name, "one tenth", predictLeftOut(kind, folds)]);
}
for (const [name, leftOut, found] of all) summarise(name, leftOut, found);
print(
  "\n| migrations | left out | downtime: mean error | hold | delta RTT above its bound: n | mean error | below its bound: n | mean error, ms | all: within bound or 20 % | intervals hold |",
);
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const [name, leftOut, found] of all) summariseRtt(name, leftOut, found);
print("\n| simulated | ended | of them called endless | never ended | of them called endless |");
print("| --- | --- | --- | --- | --- |");
for (const kind of simulated) summariseEndless(kind);
await writeFileAtomically(resultFile("accuracy.csv"), stringify(rows));

/** Predicts every migration from those of other groups. */
function predictLeftOut({ profile, migrations }: Kind, groups: readonly string[]): Predicted[] {
  return [...new Set(groups)].flatMap((group) => {
    const estimate = estimator(
      profile,
      constants,
      migrations.filter((_, index) => groups[index] !== group),
    );
    return migrations.flatMap((migration, index) => {
      if (groups[index] !== group) return [];
      const found = estimate(migration.question);
      return found.kind === "endless" ? [] : [{ migration, estimate: found }];
    });
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
  const isClear = ({ migration }: Predicted): boolean =>
    migration.observed.deltaRttMs > Math.max(migration.deltaRttBoundMs, 1);
  const clear = known.filter(isClear);
  const unclear = known.filter((each) => !isClear(each));
  const relative = clear.map((each) => errorMs(each) / each.migration.observed.deltaRttMs);
  const within = known.filter(
    (each) =>
      errorMs(each) <= Math.max(1, each.migration.deltaRttBoundMs, 0.2 * each.migration.observed.deltaRttMs),
  );
  print(
    `| ${name} | ${leftOut} | ${percent(mean(downtimes))} | ${percent(downtimesHeld.length / known.length)} | ${clear.length} | ${percent(mean(relative))} | ${unclear.length} | ${unclear.length === 0 ? "" : mean(unclear.map(errorMs)).toFixed(1)} | ${percent(within.length / known.length)} | ${percent(held.length / known.length)} |`,
  );
}

function summariseEndless({ name, profile, migrations, endless }: Kind): void {
  const called = (questions: readonly KnownMigration["question"][]): number =>
    questions.filter((question) => preCopy(question, profile, constants).kind === "endless").length;
  const ended = migrations.map(({ question }) => question);
  print(`| ${name} | ${ended.length} | ${called(ended)} | ${endless.length} | ${called(endless)} |`);
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
