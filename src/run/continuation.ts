import { Failure } from "../failure.js";
import { readWholeCells } from "../record/read.js";
import type { Attempt, RunRecord } from "../record/schema.js";
import { inconsistencies } from "./consistency.js";

/** What becomes of the cells that an interrupted run has recorded. */
export interface Continuation {
  /** Read back, checked, ok: they stay. */
  readonly kept: ReadonlySet<string>;
  /** Measured anew, and the attempts that each has behind it: none where they can't be read any more. */
  readonly anew: ReadonlyMap<string, readonly Attempt[]>;
  /** Why, one line for each of them. */
  readonly notes: readonly string[];
}

/** Nothing is recorded yet. */
export const NOTHING_RECORDED: Continuation = { kept: new Set(), anew: new Map(), notes: [] };

/**
 * Reads each recorded cell back before it is relied on: schema, hashes, attestation. Cells that are damaged, and those
 * that were not ok, are measured anew.
 */
export async function continuationOf(dir: string, run: RunRecord): Promise<Continuation> {
  const kept = new Set<string>();
  const anew = new Map<string, readonly Attempt[]>();
  const notes: string[] = [];
  for (const id of run.cells) {
    const { damage, attempts } = await examine(dir, id, run);
    if (damage !== undefined) notes.push(`${id} is measured anew: ${damage}`);
    else if (attempts.length > 0) notes.push(`${id} is tried again: it was ${attempts.at(-1)?.status ?? ""}`);
    if (damage === undefined && attempts.length === 0) kept.add(id);
    else anew.set(id, attempts);
  }
  return { kept, anew, notes };
}

/** Attempts: those behind a cell that is not ok, itself the last of them. */
async function examine(
  dir: string,
  id: string,
  run: RunRecord,
): Promise<{ readonly damage?: string; readonly attempts: readonly Attempt[] }> {
  try {
    for await (const { record } of readWholeCells(dir, [id])) {
      const [damage] = inconsistencies(record, run);
      if (damage !== undefined) return { damage, attempts: [] };
      const { status, startedAt, durationS, reasons, earlier = [] } = record;
      if (status !== "ok") return { attempts: [...earlier, { startedAt, durationS, status, reasons }] };
    }
    return { attempts: [] };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { damage: error.line, attempts: [] };
  }
}
