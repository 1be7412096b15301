import type { TableDescription } from "./column.js";

/** A file in a run's folder that is made of the record alone, and can be removed and made again. */
export interface DerivedFile {
  /** Relative to the run's folder, with forward slashes. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** What it holds, if it is a CSV. */
  readonly table?: TableDescription;
}
