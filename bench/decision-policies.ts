/**
 * What each way of deciding would have cost the users of every recorded real migration and of every simulated one, for
 * new services that take 5 to 80 s. Estimates come from the other migrations alone. Writes results/decision/policies.csv
 * and the charts regret-*.png and .svg, and prints the tables of docs/decision.md.
 *
 *   npx tsx bench/decision-policies.ts
 */
import { stringify } from "csv-stringify/sync";
import { mean } from "simple-statistics";
import { decide } from "../src/decision/algorithm.js";
import type { MigrationEstimate } from "../src/decision/estimator.js";
import { estimator } from "../src/decision/estimator.js";
import {
  COST_WEIGHTS,
  type CostWeights,
  migrationCostS,
  newServiceCostS,
} from "../src/decision/experience-cost.js";
import type { MigrationOutlook, MigrationQuestion } from "../src/decision/migration-question.js";
import { type Endless, preCopy } from "../src/decision/pre-copy.js";
import type { Chart } from "../src/figure/chart.js";
import { Renderer } from "../src/figure/renderer.js";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import { type Kind, realKinds, resultFile, simulatedKinds } from "./decision/known-migrations.js";
import { constants, estimatorsWithout, oneMigration, oneTenth } from "./decision/left-out.js";

const SERVICE_INITIATIONS_S = [5, 10, 20, 40, 80];
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** One migration, really carried out, and what was believed of it beforehand. */
interface Replay {
  readonly question: MigrationQuestion;
  readonly outcome: MigrationOutlook | { readonly wastedBytes: number; readonly totalTimeS: number };
  readonly closedForm: ReturnType<typeof preCopy>;
  readonly estimate: MigrationEstimate | Endless;
}

type Migrates = (replay: Replay, serviceInitiationS: number, weights: CostWeights) => boolean;

const policies: Readonly<Record<string, Migrates>> = {
  always: () => true,
  never: () => false,
  "4.7, closed form": ({ closedForm, question }, serviceInitiationS) =>
    decide(uncorrected(closedForm), { initialRttMs: question.rttMs, serviceInitiationS }).action ===
    "migrate",
  "4.7, estimator": ({ estimate, question }, serviceInitiationS) =>
    decide(estimate, { initialRttMs: question.rttMs, serviceInitiationS }).action === "migrate",
  "least cost": ({ estimate, question }, serviceInitiationS, weights) =>
    estimate.kind === "convergent" &&
    migrationCostS(experienceOf(question, valuesOf(estimate)), weights) <
      newServiceCostS(serviceInitiationS, 0, weights),
};

function uncorrected(closedForm: Replay["closedForm"]): MigrationEstimate | Endless {
  if (closedForm.kind === "endless") return closedForm;
  const plain = (value: number) => ({ value, interval: null });
  const { totalTimeS, downtimeMs, deltaRttMs } = closedForm;
  return {
    kind: "convergent",
    totalTimeS: plain(totalTimeS),
    downtimeMs: plain(downtimeMs),
    deltaRttMs: plain(deltaRttMs),
    closedForm,
    knownMigrations: 0,
    unknown: [],
  };
}

const valuesOf = ({ totalTimeS, downtimeMs, deltaRttMs }: MigrationEstimate): MigrationOutlook => ({
  totalTimeS: totalTimeS.value,
  downtimeMs: downtimeMs.value,
  deltaRttMs: deltaRttMs.value,
});

const experienceOf = ({ rttMs }: MigrationQuestion, { deltaRttMs, ...outlook }: MigrationOutlook) => ({
  ...outlook,
  rttMs: rttMs + deltaRttMs,
});

/** A migration that never ends is given up, and the user waits for a new service after all. */
function costS(
  { question, outcome, closedForm }: Replay,
  serviceInitiationS: number,
  weights: CostWeights,
): number {
  if (!("wastedBytes" in outcome)) return migrationCostS(experienceOf(question, outcome), weights);
  const { totalTimeS, wastedBytes } = outcome;
  const rttMs = closedForm.kind === "endless" ? closedForm.path.rttMs : question.rttMs;
  return (
    migrationCostS({ totalTimeS, downtimeMs: 0, rttMs }, weights) +
    newServiceCostS(serviceInitiationS, wastedBytes, weights)
  );
}

function replaysOf(kind: Kind): Replay[] {
  const grouping = kind.name.startsWith("real") ? oneMigration : oneTenth;
  const estimators = estimatorsWithout(kind, grouping);
  const whole = estimator(kind.profile, constants, kind.migrations);
  const closedFormOf = (question: MigrationQuestion) => preCopy(question, kind.profile, constants);
  return [
    ...kind.migrations.map(({ question, observed }, index) => ({
      question,
      outcome: observed,
      closedForm: closedFormOf(question),
      estimate: (estimators[index] ?? whole)(question),
    })),
    ...kind.endless.map(({ question, transferredBytes }) => {
      const closedForm = closedFormOf(question);
      const totalTimeS = transferredBytes / closedForm.path.rateBytesPerS;
      return {
        question,
        outcome: { wastedBytes: transferredBytes, totalTimeS },
        closedForm,
        estimate: whole(question),
      };
    }),
  ];
}

interface Tally {
  /** Means over all replays, s. */
  readonly costS: number;
  readonly regretS: number;
  /** Share of replays in which the other action would have cost less. */
  readonly wrong: number;
}

function tally(
  replays: readonly Replay[],
  migrates: Migrates,
  initiationsS: readonly number[],
  weights: CostWeights,
): Tally {
  const each = replays.flatMap((replay) =>
    initiationsS.map((serviceInitiationS) => {
      const migration = costS(replay, serviceInitiationS, weights);
      const anew = newServiceCostS(serviceInitiationS, 0, weights);
      const cost = migrates(replay, serviceInitiationS, weights) ? migration : anew;
      return { cost, regret: cost - Math.min(migration, anew) };
    }),
  );
  return {
    costS: mean(each.map(({ cost }) => cost)),
    regretS: mean(each.map(({ regret }) => regret)),
    wrong: mean(each.map(({ regret }) => (regret > 0 ? 1 : 0))),
  };
}

const withClass = (perSecond: Partial<CostWeights["perSecond"]>): CostWeights => ({
  ...COST_WEIGHTS,
  perSecond: { ...COST_WEIGHTS.perSecond, ...perSecond },
});
const variants: Readonly<Record<string, CostWeights>> = {
  "as defined": COST_WEIGHTS,
  "crisp 0.05": withClass({ crisp: 0.05 }),
  "noticeable 0.1": withClass({ "noticeable to annoying": 0.1 }),
  "noticeable 0.5": withClass({ "noticeable to annoying": 0.5 }),
  "noticeable 0.9": withClass({
    "noticeable to annoying": 0.9,
    annoying: 0.95,
    unacceptable: 1,
  }),
  "stalls 5": { ...COST_WEIGHTS, perStalledSecond: 5 },
  "wasted bytes 0": { ...COST_WEIGHTS, perWastedGiB: 0 },
  "wasted bytes 100": { ...COST_WEIGHTS, perWastedGiB: 100 },
};

const sets = [
  { id: "real", title: "real", replays: (await realKinds()).flatMap(replaysOf) },
  { id: "simulated", title: "simulated", replays: (await simulatedKinds()).flatMap(replaysOf) },
];
const rows: unknown[][] = [
  [
    "migrations",
    "weights",
    "serviceInitiationS",
    "policy",
    "replays",
    "meanCostS",
    "meanRegretS",
    "wrongShare",
  ],
];
const rounded = (value: number): number => Number(value.toPrecision(5));
for (const { id, replays } of sets) {
  print(`\n### ${id}: ${replays.length} migrations, mean regret in seconds (share of wrong decisions)\n`);
  print(`| weights | ${Object.keys(policies).join(" | ")} |`);
  print(`| --- |${" --- |".repeat(Object.keys(policies).length)}`);
  for (const [variant, weights] of Object.entries(variants)) {
    const cells = Object.entries(policies).map(([policy, migrates]) => {
      for (const serviceInitiationS of SERVICE_INITIATIONS_S) {
        const found = tally(replays, migrates, [serviceInitiationS], weights);
        rows.push([
          ...[id, variant, serviceInitiationS, policy, replays.length],
          ...[rounded(found.costS), rounded(found.regretS), rounded(found.wrong)],
        ]);
      }
      const { regretS, wrong } = tally(replays, migrates, SERVICE_INITIATIONS_S, weights);
      return `${regretS.toFixed(2)} (${(100 * wrong).toFixed(1)} %)`;
    });
    print(`| ${variant} | ${cells.join(" | ")} |`);
  }
  wrongWays(replays);
}
await writeFileAtomically(resultFile("policies.csv"), stringify(rows));

const renderer = new Renderer();
for (const { id, replays } of sets) {
  const chart = regretChart(id, replays);
  const caption = {
    origin:
      id === "real"
        ? "Measured: testbeds netns and vagrant (emulation)  ·  profiles modern, thesis-2014  ·  QEMU 7.2 with TCG"
        : "SIMULATED: testbed sim  ·  profiles modern, thesis-2014-modern-qemu, thesis-2014  ·  no real guest",
    simulated: id === "simulated",
    provenance: "npx tsx bench/decision-policies.ts; numbers in results/decision/policies.csv.",
  };
  await writeFileAtomically(resultFile(`regret-${id}.png`), await renderer.png(chart, caption));
  await writeFileAtomically(resultFile(`regret-${id}.svg`), renderer.svg(chart, caption));
}

/** In which way, and by which step, 4.7 with our estimator decides wrongly, and what that costs in all. */
function wrongWays(replays: readonly Replay[]): void {
  const found = new Map<string, number[]>();
  for (const replay of replays) {
    for (const serviceInitiationS of SERVICE_INITIATIONS_S) {
      const { question, estimate } = replay;
      const { action, step } = decide(estimate, { initialRttMs: question.rttMs, serviceInitiationS });
      const migration = costS(replay, serviceInitiationS, COST_WEIGHTS);
      const anew = newServiceCostS(serviceInitiationS);
      const regret = (action === "migrate" ? migration : anew) - Math.min(migration, anew);
      if (regret <= 0) continue;
      const way = `step ${step} said: ${action}`;
      found.set(way, [...(found.get(way) ?? []), regret]);
    }
  }
  print("\n| 4.7, estimator | times wrong | mean regret then, s |\n| --- | --- | --- |");
  for (const [way, regrets] of [...found].sort()) {
    print(`| ${way} | ${regrets.length} | ${mean(regrets).toFixed(1)} |`);
  }
}

function regretChart(title: string, replays: readonly Replay[]): Chart {
  return {
    kind: "chart",
    thesis: "Section 4.7",
    title: `Regret of each way of deciding, ${title} migrations`,
    x: {
      id: "serviceInitiationS",
      title: "Service initiation time, s",
      ticks: [0, ...SERVICE_INITIATIONS_S],
      scale: "linear",
    },
    y: { id: "meanRegretS", title: "Mean regret, seconds without service", scale: "linear" },
    series: Object.entries(policies).flatMap(([label, migrates], style) => {
      // Its regret grows to 80 s and would flatten all others.
      if (label === "never") return [];
      return {
        kind: "measured" as const,
        label,
        style,
        form: "marks" as const,
        points: SERVICE_INITIATIONS_S.map((x) => ({
          x,
          y: tally(replays, migrates, [x], COST_WEIGHTS).regretS,
          n: replays.length,
        })),
      };
    }),
    slots: [],
    windows: [],
    notes: [
      `Regret: cost beyond that of the better action, mean over ${replays.length} migrations. Costs as docs/decision.md defines them. "never" is left out: its regret grows with the service initiation time.`,
    ],
  };
}
