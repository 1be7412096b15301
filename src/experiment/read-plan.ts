import { Failure } from "../failure.js";
import { expand, pointCount } from "./cells.js";
import { validate } from "./mistakes.js";
import type { Cell, Plan } from "./plan.js";
import { readProfile } from "./profile.js";
import { type Experiment, experimentSchema } from "./schema.js";
import { select } from "./selection.js";
import { addressed, readYaml } from "./source-file.js";
import type { YamlSource } from "./yaml-source.js";

/** More cells than a machine carries out in months; beyond it, a slip of the pen and not a sweep. */
const MAX_CELLS = 100_000;

export interface PlanRequest {
  /** Each by its name in `folders.experiments`, or by its path. */
  readonly experiments: readonly string[];
  /** By its name in `folders.profiles`, or by its path. */
  readonly profile: string;
  /** Which cells only, e.g. `bw=350,rtt=20`. */
  readonly only?: string | undefined;
  readonly repeat: number;
  readonly seed: number;
}

export interface Folders {
  readonly experiments: string;
  readonly profiles: string;
}

/** A plan that knows where each of its values was written. */
export interface LocatedPlan {
  readonly plan: Plan;
  /** `file:line:column` of a key of a cell's experiment or profile, e.g. `wan.bandwidthMbit`. */
  readonly placeOf: (cell: Cell, key: string) => string;
}

/**
 * Reads experiments and profile and expands them into ordered cells.
 *
 * @throws Failure (usage) that lists every mistake of all files with its place.
 */
export async function readPlan(request: PlanRequest, folders: Folders): Promise<LocatedPlan> {
  const attempts = await Promise.allSettled([
    readProfile(request.profile, folders.profiles),
    ...request.experiments.map((address) => readExperiment(address, folders.experiments)),
  ] as const);
  const [profile, ...located] = settled(attempts);
  refuseSameName(located);
  refuseTooMany(located, request.repeat);

  const experiments = located.map(({ experiment }) => experiment);
  const { repeat, seed, only } = request;
  const all = expand({ experiments, profile: profile.profile, repeat, seed });
  const cells = only === undefined ? all : select(all, only);
  return {
    plan: { experiments, profile: profile.profile, cells, seed },
    placeOf(cell, key) {
      const path = key.split(".");
      const own = located.find(({ experiment }) => experiment.name === cell.experiment);
      return own?.source.has(path) === true ? own.source.placeOf(path) : profile.placeOf(path);
    },
  };
}

interface LocatedExperiment {
  readonly experiment: Experiment;
  readonly source: YamlSource;
}

async function readExperiment(address: string, folder: string): Promise<LocatedExperiment> {
  const source = await readYaml(await addressed("experiment", address, folder));
  if (source.has(["experiments"])) {
    throw new Failure("it names experiments and is none itself", {
      kind: "usage",
      place: source.placeOfKey([], "experiments"),
      mend: "run those that it names, or all of them: cloudlet reproduce",
    });
  }
  if (source.has(["hosts"])) {
    throw new Failure("it names hosts and is no experiment", {
      kind: "usage",
      place: source.placeOfKey([], "hosts"),
      mend: `measure the way to them: cloudlet survey ${source.file}`,
    });
  }
  return { experiment: validate(experimentSchema, source.value, source), source };
}

type Settled<T extends readonly PromiseSettledResult<unknown>[]> = {
  -readonly [I in keyof T]: T[I] extends PromiseSettledResult<infer V> ? V : never;
};

/** The values, or one failure with all that went wrong. */
function settled<const T extends readonly PromiseSettledResult<unknown>[]>(attempts: T): Settled<T> {
  const failures = attempts.flatMap((attempt) => {
    if (attempt.status === "fulfilled") return [];
    if (attempt.reason instanceof Failure) return [attempt.reason];
    throw new Error("reading the plan went wrong", { cause: attempt.reason });
  });
  const [first, ...rest] = failures;
  if (first !== undefined) throw Failure.join([first, ...rest]);
  return attempts.map((attempt) => (attempt as PromiseFulfilledResult<unknown>).value) as Settled<T>;
}

function refuseSameName(located: readonly LocatedExperiment[]): void {
  for (const [index, { experiment, source }] of located.entries()) {
    const earlier = located.slice(0, index).find((other) => other.experiment.name === experiment.name);
    if (earlier === undefined) continue;
    throw new Failure(`experiment ${experiment.name} is already in this run, from ${earlier.source.file}`, {
      kind: "usage",
      place: source.placeOf(["name"]),
      mend: "name it once, or give the other a name of its own",
    });
  }
}

function refuseTooMany(located: readonly LocatedExperiment[], repeat: number): void {
  let total = 0;
  for (const { experiment, source } of located) {
    total += pointCount(experiment) * repeat;
    if (total <= MAX_CELLS) continue;
    throw new Failure(`more than ${MAX_CELLS} cells`, {
      kind: "usage",
      place: source.placeOf(["wan"]),
      mend: "shorten the lists, or lower --repeat",
    });
  }
}
