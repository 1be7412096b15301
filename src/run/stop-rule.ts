import type { CellRecording } from "../record/recording.js";
import type { RunRecord } from "../record/schema.js";

/** How precise a point must be, and how often it may be measured, as run.json states it. */
export type DeclaredStopRule = Omit<NonNullable<RunRecord["stopRule"]>, "points">;

/** Where a point stands when the run ends. */
export type PointPrecision = NonNullable<RunRecord["stopRule"]>["points"][number];

/**
 * When a point has been measured often enough. It is handed to the run from outside: what the numbers mean
 * is not the run's business. Both methods are pure, so that a continued run decides as an unbroken one.
 */
export interface StopRule {
  readonly declared: DeclaredStopRule;
  /** What a recorded cell adds to its point; undefined: it is not attested, or has no such number. */
  valueOf(cell: CellRecording): number | undefined;
  /** Half-width of the interval of the values' mean, over that mean; null when there is none. */
  relativeHalfWidthOf(values: readonly number[]): number | null;
}
