import type { Cell } from "../../experiment/plan.js";
import type { Attestation, InterfaceState, MigrationOutcome } from "../../record/schema.js";
import type { CellSession, Observation } from "../../testbed/contract.js";
import type { Step } from "../progress.js";

/** What happens in a cell. Each file of this folder that exports `scenario` is found by itself. */
export interface Scenario<Of extends Cell = Cell> {
  readonly name: Of["scenario"];
  /** Fills the findings as it goes, so that what was found before an exception is not lost. */
  play(stage: Stage<Of>, findings: Findings): Promise<void>;
}

/** What a scenario has to work with. */
export interface Stage<Of extends Cell = Cell> {
  readonly cell: Of;
  readonly session: CellSession;
  readonly signal: AbortSignal;
  /** Says what the cell is busy with from here on. */
  readonly step: (step: Step) => void;
  /** Runs a part of the experiment itself, whose time is not the harness's overhead. */
  readonly observing: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What is known of a cell so far. */
export interface Findings {
  attestation: Attestation | null;
  /** Interfaces as found, by the number of the thesis's table. */
  readonly tables: Record<string, InterfaceState[]>;
  migration: MigrationOutcome | null;
  observation: Observation | null;
  /** Why the cell was measured but is not what it says, one line each. */
  readonly invalid: string[];
  /** Why the cell has no result, one line each. */
  readonly failed: string[];
}
