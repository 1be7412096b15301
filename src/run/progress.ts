import type { CellRecord } from "../record/schema.js";
import type { DeclaredStopRule, PointPrecision } from "./stop-rule.js";

/** What a cell is busy with. */
export type Step =
  | "setting up"
  | "attesting the link"
  | "starting probes"
  | "slot A: on cloudlet 1"
  | "slot B: away"
  | "slot C: over the WAN"
  | "migrating"
  | "measuring RTT"
  | "measuring throughput"
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
      /** All cells, but for those that a stop rule may add. */
      readonly cells: readonly string[];
      /** Cells that an earlier, interrupted part of this run has recorded. */
      readonly recorded: readonly string[];
      readonly stopRule?: DeclaredStopRule;
      readonly dir: string;
    }
  | { readonly type: "note"; readonly message: string }
  /** Points that the stop rule has measured once more. */
  | { readonly type: "repetition-added"; readonly repeat: number; readonly cells: readonly string[] }
  | {
      readonly type: "cell-started";
      readonly cell: string;
      /** For the cells that are certain, and if the stop rule adds all that it may. */
      readonly secondsLeft: number;
      readonly secondsLeftAtMost: number;
    }
  | { readonly type: "cell-step"; readonly cell: string; readonly step: Step }
  | {
      readonly type: "cell-ended";
      readonly cell: string;
      readonly status: CellRecord["status"];
      readonly reasons: readonly string[];
      readonly durationS: number;
      readonly overheadS: number;
      readonly migrationS: number | null;
      /** How many cells are done, of how many that are certain by now. */
      readonly done: number;
      readonly of: number;
    }
  | ({
      readonly type: "run-ended";
      readonly dir: string;
      /** Where each point stands in a finished run with a stop rule. */
      readonly points?: readonly PointPrecision[];
    } & RunCounts);

export interface RunCounts {
  readonly ok: number;
  readonly invalid: number;
  readonly failed: number;
  /** Cells that an interrupted run did not get to. */
  readonly remaining: number;
}

export type Report = (event: RunEvent) => void;
