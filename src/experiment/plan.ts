import type { z } from "zod";
import type { Experiment, Profile, Walk, workloadSchema } from "./schema.js";

/** One point of an experiment: everything that a testbed must know to carry it out. */
export type Cell = CellCommon & Play;

/** A cell of one scenario. */
export type CellOf<Scenario extends Cell["scenario"]> = Extract<Cell, { readonly scenario: Scenario }>;

/** What happens in a cell, and how long what the harness decides takes. */
export type Play = Experiment extends infer Each
  ? Each extends Experiment
    ? {
        readonly scenario: Each["scenario"];
        readonly timeline: Each["timeline"];
      } & (Each["scenario"] extends "device-handover" ? { readonly walk: Walk } : unknown)
    : never
  : never;

interface CellCommon {
  /** Unique within a run and usable as a folder name, e.g. `bw350-rtt20-r1`. */
  readonly id: string;
  readonly experiment: string;
  readonly profile: Profile;
  /** The link between the cloudlets. */
  readonly wan: LinkParameters;
  /** Each access link. */
  readonly access: LinkParameters;
  readonly guest: Experiment["guest"];
  readonly workload: z.infer<typeof workloadSchema>;
  /** 1-based repetition. */
  readonly repeat: number;
  /** Seed of everything random in this cell. */
  readonly seed: number;
}

export interface LinkParameters {
  /** Rate of the token bucket, bits per second, link-layer bytes counted as tbf counts them. null: unshaped. */
  readonly rateBps: number | null;
  /** Round-trip delay that netem adds, ms; 0 where unshaped. */
  readonly rttMs: number;
}

export interface Plan {
  readonly experiments: readonly Experiment[];
  readonly profile: Profile;
  readonly cells: readonly Cell[];
  readonly seed: number;
}
