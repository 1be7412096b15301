import type { Cell, LinkParameters, Play } from "./plan.js";
import type { Experiment, Profile, Walk } from "./schema.js";
import { derivedSeed, mulberry32, shuffled } from "./seeded-random.js";

export interface Expansion {
  readonly experiments: readonly Experiment[];
  readonly profile: Profile;
  /** How often each point is measured. */
  readonly repeat: number;
  readonly seed: number;
}

/** How many points an experiment spans, repetitions left out. */
export function pointCount(experiment: Experiment): number {
  const { wan } = experiment;
  const links = wan === "unshaped" ? 1 : [wan.bandwidthMbit].flat().length * [wan.rttMs].flat().length;
  const loads = links * workloads(experiment).length;
  if (experiment.scenario !== "device-handover") return loads;
  return loads * [experiment.mode].flat().length * [experiment.gapS].flat().length;
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
          ...point.play,
          profile,
          wan: link(point.wan),
          access: link(experiment.access),
          guest: experiment.guest,
          workload: point.workload,
          repeat: index + 1,
          seed: derivedSeed(seed, `${experiment.name}/${cellId(point, index + 1)}`),
        } satisfies Cell;
      }),
    ),
  );
  return blocks.flatMap((block) => shuffled(block, random));
}

type WanPoint = { readonly bandwidthMbit: number; readonly rttMs: number } | "unshaped";

/** What distinguishes the cells of one experiment. */
interface Point {
  readonly wan: WanPoint;
  readonly workload: Cell["workload"];
  readonly play: Play;
}

function points(experiment: Experiment): Point[] {
  const plays = playsOf(experiment);
  const loads = workloads(experiment);
  return wanPoints(experiment).flatMap((wan) =>
    loads.flatMap((workload) => plays.map((play) => ({ wan, workload, play }))),
  );
}

/** One for each rate of the writer. */
function workloads({ workload: { writer, ...workload } }: Experiment): Cell["workload"][] {
  if (writer === undefined) return [workload];
  return [writer.rateMiBPerS]
    .flat()
    .map((rateMiBPerS) => ({ ...workload, writer: { ...writer, rateMiBPerS } }));
}

function wanPoints({ wan }: Experiment): WanPoint[] {
  if (wan === "unshaped") return [wan];
  return [wan.bandwidthMbit]
    .flat()
    .flatMap((bandwidthMbit) => [wan.rttMs].flat().map((rttMs) => ({ bandwidthMbit, rttMs })));
}

const link = (point: WanPoint | Experiment["access"]): LinkParameters =>
  point === "unshaped"
    ? { rateBps: null, rttMs: 0 }
    : { rateBps: Math.round(point.bandwidthMbit * 1e6), rttMs: point.rttMs };

/** Scenario, timeline and walk, which belong together. */
function playsOf(experiment: Experiment): Play[] {
  switch (experiment.scenario) {
    case "handover":
      return [{ scenario: experiment.scenario, timeline: experiment.timeline }];
    case "throughput":
      return [{ scenario: experiment.scenario, timeline: experiment.timeline }];
    case "device-handover": {
      const { scenario, timeline } = experiment;
      return walks(experiment).map((walk) => ({ scenario, timeline, walk }));
    }
  }
}

function walks({ mode, gapS, cellular }: Extract<Experiment, { scenario: "device-handover" }>): Walk[] {
  const third =
    cellular === undefined
      ? {}
      : {
          cellular: {
            rateBps: Math.round(cellular.bandwidthMbit * 1e6),
            rttMs: cellular.rttMs,
            jitterMs: cellular.jitterMs,
          },
        };
  return [mode].flat().flatMap((each) => [gapS].flat().map((s) => ({ mode: each, gapS: s, ...third })));
}

function cellId({ wan, workload, play }: Point, repeat: number, experiment?: string): string {
  const parts = [
    ...(experiment === undefined ? [] : [experiment]),
    wan === "unshaped" ? wan : `bw${wan.bandwidthMbit}-rtt${wan.rttMs}`,
    ...(workload.writer === undefined ? [] : [`dirty${workload.writer.rateMiBPerS}`]),
    ...("walk" in play ? [play.walk.mode, gapInWords(play.walk.gapS)] : []),
    `r${repeat}`,
  ];
  return parts.join("-");
}

/** As an id has it: `gap5`, `overlap2`. */
const gapInWords = (gapS: number): string => (gapS < 0 ? `overlap${-gapS}` : `gap${gapS}`);
