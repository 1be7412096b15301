import { dirname, join } from "node:path";
import { Failure } from "../failure.js";
import { validate } from "./mistakes.js";
import { type Profile, profileFileSchema } from "./schema.js";
import { addressed, namesIn, readYaml } from "./source-file.js";
import type { Path, YamlSource } from "./yaml-source.js";

export interface LocatedProfile {
  readonly profile: Profile;
  /** `file:line:column` of a knob, in whichever file it stands. */
  readonly placeOf: (path: Path) => string;
}

/**
 * Reads a profile, named or by path, together with those that it extends.
 *
 * @throws Failure (usage) that lists every mistake with its place.
 */
export async function readProfile(address: string, folder: string): Promise<LocatedProfile> {
  const layers = await readLayers(await addressed("profile", address, folder), folder);
  const [own] = layers;
  const layerOf = (path: Path) => (isOwn(path[0]) ? own : (layers.find((layer) => layer.has(path)) ?? own));
  const places = {
    // A knob is taken over whole, so its value and source are looked for in the file that has the knob.
    placeOf: (path: Path) => layerOf(path.slice(0, 2)).placeOf(path),
    placeOfKey: (path: Path, key: string) => layerOf([...path, key]).placeOfKey(path, key),
  };
  const { extends: _parent, ...profile } = validate(profileFileSchema, merged(layers), places);
  return { profile, placeOf: places.placeOf };
}

/** Name and title are a file's own and are not handed down. */
const isOwn = (key: PropertyKey | undefined): boolean =>
  key === "name" || key === "title" || key === "extends";

type Layers = readonly [YamlSource, ...YamlSource[]];

/** The file itself, then the one it extends, and so on. */
async function readLayers(path: string, folder: string): Promise<Layers> {
  const own = await readYaml(path);
  const ancestors: YamlSource[] = [];
  for (let layer = own; ;) {
    const parent = mapping(layer.value)?.extends;
    // Anything but text is left to the schema, which says what it should be.
    if (typeof parent !== "string") return [own, ...ancestors];
    const place = layer.placeOf(["extends"]);
    const parentPath = await besideOrIn(parent, dirname(layer.file), folder, place);
    if ([own, ...ancestors].some((source) => source.file === parentPath)) {
      throw new Failure(
        `profile ${parent} extends itself, by way of ${[own, ...ancestors].map((source) => source.file).join(", ")}`,
        {
          kind: "usage",
          place,
          mend: "remove one extends",
        },
      );
    }
    layer = await readYaml(parentPath);
    ancestors.push(layer);
  }
}

async function besideOrIn(name: string, beside: string, folder: string, place: string): Promise<string> {
  for (const candidate of new Set([beside, folder])) {
    if ((await namesIn(candidate)).includes(name)) return join(candidate, `${name}.yaml`);
  }
  const known = await namesIn(folder);
  throw new Failure(`no profile named ${JSON.stringify(name)} to extend`, {
    kind: "usage",
    place,
    mend: `there are: ${known.join(", ")}`,
  });
}

/** Knobs of the nearest layer that has them. */
function merged([own, ...ancestors]: Layers): unknown {
  let result = mapping(own.value);
  if (result === undefined) return own.value;
  for (const ancestor of ancestors) {
    const inherited = Object.entries(mapping(ancestor.value) ?? {}).filter(([key]) => !isOwn(key));
    result = withKnobsOf(result, inherited);
  }
  return result;
}

function withKnobsOf(
  own: Record<string, unknown>,
  inherited: readonly (readonly [string, unknown])[],
): Record<string, unknown> {
  const result = { ...own };
  for (const [group, knobs] of inherited) {
    if (!(group in own)) result[group] = knobs;
    const [ownKnobs, inheritedKnobs] = [mapping(own[group]), mapping(knobs)];
    if (ownKnobs !== undefined && inheritedKnobs !== undefined)
      result[group] = { ...inheritedKnobs, ...ownKnobs };
  }
  return result;
}

const mapping = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
