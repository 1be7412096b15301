import { validate } from "../../experiment/mistakes.js";
import { addressed, readYaml } from "../../experiment/source-file.js";
import { machinesSchema, type Machines } from "./machines-schema.js";

/** What a machines file says, and where it is. */
export interface LocatedMachines {
  readonly machines: Machines;
  readonly file: string;
}

/**
 * Reads a machines file, by its path or its name in `folder`.
 *
 * @throws Failure (usage) that lists every mistake with its place.
 */
export async function readMachines(nameOrPath: string, folder: string): Promise<LocatedMachines> {
  const source = await readYaml(await addressed("machines file", nameOrPath, folder));
  return { machines: validate(machinesSchema, source.value, source), file: source.file };
}
