import type { MeasuredRun } from "../metric/measured-run.js";
import type { Paper } from "../paper/paper.js";
import type { DerivedFile } from "../record/derived-file.js";

/** All that derived files are made of. */
export interface DerivationSource {
  readonly measured: MeasuredRun;
  /** Folder of the record, which nothing here writes to. */
  readonly dir: string;
  readonly paper: Paper;
}

/** Something that the record has not the data for, and why. */
export interface Skipped {
  readonly id: string;
  readonly reason: string;
}

export interface Derivation {
  /** The same record gives the same files, byte for byte. */
  derive(source: DerivationSource): Promise<{
    readonly files: readonly DerivedFile[];
    readonly skipped: readonly Skipped[];
  }>;
}
