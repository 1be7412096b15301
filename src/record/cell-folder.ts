import { access, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "./atomic-file.js";

/** Where a cell is written before it is whole. */
export const partialFolder = (dir: string, id: string): string => join(dir, "cells", `.${id}.part`);

const folderOf = (dir: string, id: string): string => join(dir, "cells", id);

/** What stood there before, for the moment in which it is replaced. */
const replacedFolder = (dir: string, id: string): string => join(dir, "cells", `.${id}.replaced.part`);

/**
 * Puts a cell that is written whole to its place in the record. What stands there goes only then; a crash between
 * the two renames is mended by `restoreFolder`.
 */
export async function putInPlace(dir: string, id: string): Promise<void> {
  const replaced = replacedFolder(dir, id);
  if (await exists(folderOf(dir, id))) await rename(folderOf(dir, id), replaced);
  await rename(partialFolder(dir, id), folderOf(dir, id));
  await syncFolder(join(dir, "cells"));
  await rm(replaced, { recursive: true, force: true });
}

/** Takes a cell out of the record, until run.json no longer names it and it can go. A crash before that puts it back. */
export async function takeOut(dir: string, id: string): Promise<void> {
  if (await exists(folderOf(dir, id))) await rename(folderOf(dir, id), partialFolder(dir, id));
}

/**
 * Of a cell that the record names and that has no folder, a whole one was on its way there or out when a crash came; or
 * the new one could not be put there, and the one before is beside.
 */
export async function restoreFolder(dir: string, id: string): Promise<void> {
  for (const folder of [partialFolder(dir, id), replacedFolder(dir, id)]) {
    if (await exists(folderOf(dir, id))) return;
    if (await exists(folder)) await rename(folder, folderOf(dir, id));
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
