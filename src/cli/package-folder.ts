import { access } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Folders } from "../experiment/read-plan.js";
import type { Exec } from "../host/process.js";

/** Root of this package: src/cli and dist/cli lie equally deep in it. */
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where experiments and profiles are found by name; relative paths make for readable messages. */
export function folders(): Folders {
  const near = relative(process.cwd(), root);
  const base = near.startsWith("..") ? root : near;
  return { experiments: join(base, "experiments"), profiles: join(base, "experiments", "profiles") };
}

/** The commit that this package was checked out at, `-dirty` when files differ from it; null outside a checkout. */
export async function commit(exec: Exec): Promise<string | null> {
  try {
    // A package installed under another project's checkout must not take that project's commit for its own.
    await access(join(root, ".git"));
    return await exec(["git", "-C", root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]);
  } catch {
    return null;
  }
}
