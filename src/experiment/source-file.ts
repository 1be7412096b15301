import { open, readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { Failure } from "../failure.js";
import { nearestKey } from "./nearest-key.js";
import { MAX_FILE_BYTES, parseYaml, type YamlSource } from "./yaml-source.js";

/**
 * Reads one YAML file, and no more of it than `parseYaml` takes.
 *
 * @throws Failure (usage) when it is no readable regular file, or not clean YAML.
 */
export async function readYaml(path: string): Promise<YamlSource> {
  return parseYaml(path, await readAtMost(path, MAX_FILE_BYTES + 1, "name a YAML file"));
}

/**
 * The first bytes of a file, `limit` at most.
 *
 * @param mend what to do when it can't be read.
 * @throws Failure (usage) when it is no readable regular file.
 */
export async function readAtMost(path: string, limit: number, mend: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, "r");
    const stat = await file.stat();
    if (!stat.isFile()) throw unreadable(path, "not a regular file", mend);
    const buffer = new Uint8Array(limit);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, limit - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === limit) return buffer.subarray(0, length);
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw unreadable(path, isMissing(cause) ? "no such file" : messageOf(cause), mend, cause);
  }
}

const unreadable = (path: string, message: string, mend: string, cause?: unknown): Failure =>
  new Failure(message, { kind: "usage", place: path, mend, cause });

/** Names of the YAML files of a folder, sorted. A folder that does not exist has none. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && extname(entry.name) === ".yaml")
      .map((entry) => basename(entry.name, ".yaml"))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/**
 * A file addressed by its path (anything with a slash or a YAML extension), or by its name in `folder`.
 *
 * @throws Failure (usage) for a name that the folder lacks; it names those that are there.
 */
export async function addressed(
  kind: "experiment" | "profile" | "machines file",
  address: string,
  folder: string,
): Promise<string> {
  if (/[/\\]|\.ya?ml$/.test(address)) return address;
  if ((await namesIn(folder)).includes(address)) return join(folder, `${address}.yaml`);
  const names = kind === "experiment" ? await experimentsIn(folder) : await namesIn(folder);
  const nearest = nearestKey(address, names);
  const known = names.length === 0 ? `${folder} is empty` : `there are: ${names.join(", ")}`;
  throw new Failure(`no ${kind} named ${JSON.stringify(address)}`, {
    kind: "usage",
    mend: nearest === undefined ? `${known}; or name a file` : `did you mean ${nearest}? (${known})`,
  });
}

/** The folder has other files, too: what is run together, hosts to survey. Only an experiment has a scenario. */
async function experimentsIn(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, `${name}.yaml`), "utf8")));
  return names.filter((_, index) => /^scenario:/m.test(texts[index] ?? ""));
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
