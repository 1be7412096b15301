import type { Cell, LinkParameters } from "./plan.js";
import type { Experiment, Profile } from "./schema.js";
import { derivedSeed, mulberry32, shuffled } from "./seeded-random.js";

export interface Expansion {
  readonly experiments: readonly Experiment[];
  readonly profile: Profile;
  /** How often each point is measured. */
  readonly repeat: number;
  readonly seed: number;
}

/** How many points an experiment spans, repetitions left out. */
export function pointCount({ wan }: Experiment): number {
  if (wan === "unshaped") return 1;
  return [wan.bandwidthMbit].flat().length * [wan.rttMs].flat().length;
}

/**
 * Every cell of a run in the order in which it is to be carried out: a randomised complete block design.
 * Each repetition is a block that holds every point once, in an order drawn from the seed, so that neither
 * slow drift of the machine nor an early end favours some points.
 */
export function expand({ experiments, profile, repeat, seed }: Expansion): Cell[] {
  const random = mulberry32(seed);
  const blocks = Array.from({ length: repeat }, (_, index) =>
    experiments.flatMap((experiment) =>
      points(experiment).map((point) => {
        const id = cellId(point, index + 1, experiments.length > 1 ? experiment.name : undefined);
        return {
          id,
          experiment: experiment.name,
          ...played(experiment),
          profile,
          wan: link(point),
          access: link(experiment.access),
          guest: experiment.guest,
          workload: experiment.workload,
          repeat: index + 1,
          seed: derivedSeed(seed, `${experiment.name}/${cellId(point, index + 1)}`),
        } satisfies Cell;
      }),
    ),
  );
  return blocks.flatMap((block) => shuffled(block, random));
}

type Point = { readonly bandwidthMbit: number; readonly rttMs: number } | "unshaped";

function points({ wan }: Experiment): Point[] {
  if (wan === "unshaped") return [wan];
  return [wan.bandwidthMbit]
    .flat()
    .flatMap((bandwidthMbit) => [wan.rttMs].flat().map((rttMs) => ({ bandwidthMbit, rttMs })));
}

const link = (point: Point): LinkParameters =>
  point === "unshaped"
    ? { rateBps: null, rttMs: 0 }
    : { rateBps: Math.round(point.bandwidthMbit * 1e6), rttMs: point.rttMs };

/** Scenario and timeline, which belong together. */
const played = (experiment: Experiment) =>
  experiment.scenario === "handover"
    ? { scenario: experiment.scenario, timeline: experiment.timeline }
    : { scenario: experiment.scenario, timeline: experiment.timeline };

function cellId(point: Point, repeat: number, experiment?: string): string {
  const link = point === "unshaped" ? point : `bw${point.bandwidthMbit}-rtt${point.rttMs}`;
  return `${experiment === undefined ? "" : `${experiment}-`}${link}-r${repeat}`;
}
