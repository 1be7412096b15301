import { basename, dirname, extname } from "node:path";
import type { z } from "zod";
import { Failure } from "../failure.js";
import { validate } from "./mistakes.js";
import { nearestKey } from "./nearest-key.js";
import { reproductionSchema } from "./schema.js";
import { namesIn, readYaml } from "./source-file.js";

/** Name of the file, among the experiments, that says which of them reproduce the thesis. */
export const REPRODUCTION_FILE = "thesis.yaml";

export type Reproduction = z.infer<typeof reproductionSchema>;

/**
 * Reads the file that names the experiments of the reproduction; they lie beside it.
 *
 * @throws Failure (usage) that lists every mistake with its place, an experiment that is not there among them.
 */
export async function readReproduction(path: string): Promise<Reproduction> {
  const source = await readYaml(path);
  const reproduction = validate(reproductionSchema, source.value, source);
  const own = basename(path, extname(path));
  const known = (await namesIn(dirname(path))).filter((name) => name !== own);
  const failures = reproduction.experiments.flatMap((name, index) => {
    if (known.includes(name)) return [];
    const nearest = nearestKey(name, known);
    return [
      new Failure(`no experiment named ${JSON.stringify(name)} beside it`, {
        kind: "usage",
        place: source.placeOf(["experiments", index]),
        mend: `${nearest === undefined ? "" : `did you mean ${nearest}? `}there are: ${known.join(", ")}`,
      }),
    ];
  });
  const [first, ...rest] = failures;
  if (first !== undefined) throw Failure.join([first, ...rest]);
  return reproduction;
}
