import type { Experiment, Profile } from "./schema.js";

/** One point of an experiment: everything that a testbed must know to carry it out. */
export interface Cell {
  /** Unique within a run and usable as a folder name, e.g. `bw350-rtt20-r1`. */
  readonly id: string;
  readonly experiment: string;
  readonly scenario: Experiment["scenario"];
  readonly profile: Profile;
  /** The link between the cloudlets. */
  readonly wan: LinkParameters;
  /** Each access link. */
  readonly access: LinkParameters;
  readonly guest: Experiment["guest"];
  readonly workload: Experiment["workload"];
  readonly timeline: Experiment["timeline"];
  /** 1-based repetition. */
  readonly repeat: number;
  /** Seed of everything random in this cell. */
  readonly seed: number;
}

export interface LinkParameters {
  /** Rate of the token bucket, bits per second, link-layer bytes counted as tbf counts them. */
  readonly rateBps: number;
  /** Round-trip delay that netem adds, ms. */
  readonly rttMs: number;
}

export interface Plan {
  readonly experiments: readonly Experiment[];
  readonly profile: Profile;
  readonly cells: readonly Cell[];
  readonly seed: number;
}
