import type { CellCurves } from "../record/recording.js";
import { EventName, type MigrationOutcome } from "../record/schema.js";

/** When an event first happened, or undefined. */
export function eventMs(cell: CellCurves, name: keyof typeof EventName): number | undefined {
  return cell.record.events.find((event) => event.name === EventName[name])?.tMs;
}

/** The migration's outcome when it completed; without it there is no downtime and no total time. */
export function completedMigration(cell: CellCurves): MigrationOutcome | undefined {
  const { migration } = cell.record;
  return migration?.status === "completed" ? migration : undefined;
}
