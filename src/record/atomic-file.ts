import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that a reader sees all of it or none: a temporary file in the same folder, fsync,
 * rename(2), fsync of the folder. A crash leaves the previous content, or nothing.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await writeFileDurably(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Whether a name is that of something half-written, which is in no record. */
export const isPartial = (name: string): boolean => name.startsWith(".") && name.endsWith(".part");

/**
 * Writes a new file and returns once it is on the disk.
 *
 * @throws Error of the operating system with its `code` and, which Node leaves out of a failed write, its `path`.
 */
export async function writeFileDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  } finally {
    await file.close();
  }
}

/** Makes a rename inside a folder durable. Windows can't open a folder and needs no such call. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
