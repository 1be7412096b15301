import { readdir } from "node:fs/promises";

/**
 * Loads every module of a folder, in the order of their file names: whatever lies there is part of the
 * catalog, and adding to it touches no list. Works on the compiled .js and on the .ts sources.
 */
export async function loadCatalog(folder: URL): Promise<Record<string, unknown>[]> {
  const files = (await readdir(folder)).filter((file) => /(?<!\.d)\.(js|ts)$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => (await import(new URL(file, folder).href)) as Record<string, unknown>),
  );
}
