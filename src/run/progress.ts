import type { CellRecord } from "../record/schema.js";

/** What a cell is busy with. */
export type Step =
  | "setting up"
  | "attesting the link"
  | "starting probes"
  | "slot A: on cloudlet 1"
  | "slot B: away"
  | "slot C: over the WAN"
  | "migrating"
  | "waiting for the new subflow"
  | "slot E: on cloudlet 2"
  | "attesting the link again"
  | "clearing up";

/** What happens in a run, as it happens. Listeners turn it into a live display, plain lines or JSON lines. */
export type RunEvent =
  | {
      readonly type: "run-started";
      readonly runId: string;
      readonly testbed: string;
      readonly kind: "simulation" | "emulation";
      readonly profile: string;
      readonly seed: number;
      readonly cells: readonly string[];
      /** Cells that an earlier, interrupted part of this run has recorded. */
      readonly recorded: readonly string[];
      readonly dir: string;
    }
  | { readonly type: "note"; readonly message: string }
  | { readonly type: "cell-started"; readonly cell: string; readonly secondsLeft: number }
  | { readonly type: "cell-step"; readonly cell: string; readonly step: Step }
  | {
      readonly type: "cell-ended";
      readonly cell: string;
      readonly status: CellRecord["status"];
      readonly reasons: readonly string[];
      readonly durationS: number;
      readonly overheadS: number;
      readonly migrationS: number | null;
      /** How many cells are done, of how many. */
      readonly done: number;
      readonly of: number;
    }
  | ({ readonly type: "run-ended"; readonly dir: string } & RunCounts);

export interface RunCounts {
  readonly ok: number;
  readonly invalid: number;
  readonly failed: number;
  /** Cells that an interrupted run did not get to. */
  readonly remaining: number;
}

export type Report = (event: RunEvent) => void;
