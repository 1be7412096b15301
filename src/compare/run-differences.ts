import { isDeepStrictEqual } from "node:util";
import type { Profile } from "../experiment/schema.js";
import type { MeasuredRun } from "../metric/measured-run.js";

/** What two runs were not asked the same, one sentence for each thing: profile, its knobs, parameters of an experiment. */
export function runDifferences(first: MeasuredRun, second: MeasuredRun): string[] {
  const [ours, theirs] = [first.run.profile, second.run.profile];
  const knobs = differences(knobValues(ours), knobValues(theirs), "");
  const profiles =
    ours.name === theirs.name
      ? `Both profiles are named ${ours.name}`
      : `The profiles differ, ${ours.name} beside ${theirs.name}`;
  return [
    ...(knobs.length > 0 ? [`${profiles}: ${knobs.join("; ")}.`] : []),
    ...(knobs.length === 0 && ours.name !== theirs.name ? [`${profiles}, in name only.`] : []),
    ...experimentPairs(first, second).flatMap(([experiment, other]) =>
      experimentDifferences(experiment, other),
    ),
  ];
}

type Experiment = MeasuredRun["run"]["experiments"][number];
type ExperimentPair = readonly [Experiment, Experiment];

/** Experiments of the same name; or, where each run has a single one, these two whatever their names. */
export function experimentPairs({ run: first }: MeasuredRun, { run: second }: MeasuredRun): ExperimentPair[] {
  const common = first.experiments.flatMap((experiment) => {
    const other = second.experiments.find(({ name }) => name === experiment.name);
    return other === undefined ? [] : [[experiment, other] as const];
  });
  const [ours, theirs] = [first.experiments[0], second.experiments[0]];
  const lone = first.experiments.length === 1 && second.experiments.length === 1;
  return common.length === 0 && lone && ours !== undefined && theirs !== undefined
    ? [[ours, theirs]]
    : common;
}

function experimentDifferences(first: Experiment, second: Experiment): string[] {
  const asked = ({ scenario, access, guest, workload, timeline }: Experiment) => ({
    scenario,
    access,
    guest,
    workload,
    timeline,
  });
  const found = differences(asked(first), asked(second), "");
  const names = first.name === second.name ? [] : [`named ${first.name} beside ${second.name}`];
  const all = [...names, ...found];
  return all.length === 0 ? [] : [`Experiment ${first.name} differs: ${all.join("; ")}.`];
}

function knobValues({ tcp, migration, link, handover }: Profile): Record<string, unknown> {
  const groups = { tcp, migration, link, handover };
  return Object.fromEntries(
    Object.entries(groups).map(([group, knobs]) => [
      group,
      Object.fromEntries(
        Object.entries(knobs).map(([knob, { value }]: [string, { value: unknown }]) => [knob, value]),
      ),
    ]),
  );
}

/** Leaves that differ, as `path: one beside other`. */
function differences(first: unknown, second: unknown, path: string): string[] {
  if (isDeepStrictEqual(first, second)) return [];
  if (isMapping(first) && isMapping(second)) {
    const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
    return keys.flatMap((key) => differences(first[key], second[key], path === "" ? key : `${path}.${key}`));
  }
  return [`${path} ${shown(first)} beside ${shown(second)}`];
}

const shown = (value: unknown): string => (value === undefined ? "absent" : JSON.stringify(value));

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
