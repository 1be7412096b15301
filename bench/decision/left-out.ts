import { estimator, type Estimator } from "../../src/decision/estimator.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import type { Kind } from "./known-migrations.js";

const FOLDS = 10;
export const constants = simulationParameters();

/** Which migrations are left out together. */
export interface Grouping {
  readonly name: string;
  readonly groupOf: (migration: Kind["migrations"][number], index: number) => string;
}

export const oneMigration: Grouping = { name: "one migration", groupOf: ({ place }) => place };
/** All repetitions at one rate, RTT and dirty rate. */
export const onePoint: Grouping = {
  name: "one point",
  groupOf: ({ question }) => `${question.rateBps} ${question.rttMs} ${question.dirtyMiBPerS}`,
};
export const oneTenth: Grouping = { name: "one tenth", groupOf: (_, index) => String(index % FOLDS) };

/** For each migration of a kind, in their order: the estimator that knows those of the other groups. */
export function estimatorsWithout({ profile, migrations }: Kind, { groupOf }: Grouping): Estimator[] {
  const groups = migrations.map(groupOf);
  const byGroup = new Map(
    [...new Set(groups)].map((group) => [
      group,
      estimator(
        profile,
        constants,
        migrations.filter((_, index) => groups[index] !== group),
      ),
    ]),
  );
  return groups.map((group) => {
    const found = byGroup.get(group);
    if (found === undefined) throw new Error(`no estimator without ${group}`);
    return found;
  });
}
