import { join } from "node:path";
import { expand } from "../experiment/cells.js";
import type { LocatedPlan } from "../experiment/read-plan.js";
import { select } from "../experiment/selection.js";
import { Failure } from "../failure.js";
import type { RunRecord } from "../record/schema.js";

export type Asked = NonNullable<RunRecord["asked"]>;

/**
 * The plan of a run as its record gives it. The files that it was read from may have changed since, or be on another machine.
 *
 * @throws Failure (record) for a record of a release that did not write all of it down.
 */
export function recordedPlan(dir: string, run: RunRecord): { located: LocatedPlan; asked: Asked } {
  const { experiments, profile, seed, asked } = run;
  const place = join(dir, "run.json");
  if (asked === undefined) {
    throw new Failure("this record does not say what was asked for", {
      kind: "record",
      place,
      mend: `go on with the command that began it, and --out ${dir}`,
    });
  }
  const all = expand({ experiments, profile, repeat: asked.repeat, seed });
  const cells = asked.only === null ? all : select(all, asked.only);
  return { located: { plan: { experiments, profile, cells, seed }, placeOf: () => place }, asked };
}
