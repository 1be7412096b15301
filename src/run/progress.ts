import { z } from "zod";
import {
  attemptSchema,
  cellIdSchema,
  cellRecordSchema,
  runSchema,
  stopRuleSchema,
} from "../record/schema.js";

/** What a cell is busy with. */
const stepSchema = z.enum([
  "setting up",
  "attesting the link",
  "starting probes",
  "slot A: on cloudlet 1",
  "slot B: away",
  "slot C: over the WAN",
  "migrating",
  "measuring RTT",
  "measuring throughput",
  "waiting for the new subflow",
  "slot E: on cloudlet 2",
  "in the first Wi-Fi network",
  "between the Wi-Fi networks",
  "in the second Wi-Fi network",
  "attesting the link again",
  "clearing up",
]);
export type Step = z.infer<typeof stepSchema>;

const count = z.int().min(0);
const seconds = z.number().min(0);
const cellIds = z.array(cellIdSchema).readonly();

/** How many cells of each kind a run has recorded. */
const countsSchema = z.strictObject({
  ok: count,
  invalid: count,
  failed: count,
  /** Cells that an interrupted run did not get to. */
  remaining: count,
});
export type RunCounts = Readonly<z.infer<typeof countsSchema>>;

const { testbed, profile, seed, runId } = runSchema.shape;

/** What happens in a run, as it happens. Listeners turn it into a live display, plain lines or JSON lines. */
export const runEventSchemas = [
  z.strictObject({
    type: z.literal("run-started"),
    runId,
    testbed: testbed.shape.name,
    kind: testbed.shape.kind,
    profile: profile.shape.name,
    seed,
    /** All cells, but for those that a stop rule may add. */
    cells: cellIds,
    /** Cells that an earlier, interrupted part of this run has recorded. */
    recorded: cellIds,
    stopRule: stopRuleSchema.omit({ points: true }).optional(),
    /** Folder of the record. */
    dir: z.string(),
  }),
  z.strictObject({ type: z.literal("note"), message: z.string() }),
  /** Points that the stop rule has measured once more. */
  z.strictObject({ type: z.literal("repetition-added"), repeat: z.int().min(2), cells: cellIds }),
  z.strictObject({
    type: z.literal("cell-started"),
    cell: cellIdSchema,
    /** For the cells that are certain, and if the stop rule adds all that it may. */
    secondsLeft: seconds,
    secondsLeftAtMost: seconds,
  }),
  z.strictObject({ type: z.literal("cell-step"), cell: cellIdSchema, step: stepSchema }),
  /** It was not ok and is measured again. */
  z.strictObject({
    type: z.literal("cell-retried"),
    cell: cellIdSchema,
    status: attemptSchema.shape.status,
    reasons: attemptSchema.shape.reasons.readonly(),
    /** Until it begins anew. */
    pauseS: seconds,
  }),
  z.strictObject({
    type: z.literal("cell-ended"),
    cell: cellIdSchema,
    status: cellRecordSchema.shape.status,
    reasons: cellRecordSchema.shape.reasons.readonly(),
    durationS: seconds,
    overheadS: seconds,
    /** Wall clock of the migrate command; null where none completed. */
    migrationS: seconds.nullable(),
    /** How many cells are done, of how many that are certain by now. */
    done: count,
    of: count,
  }),
  z.strictObject({
    type: z.literal("run-ended"),
    dir: z.string(),
    /** Where each point stands in a finished run with a stop rule. */
    points: stopRuleSchema.shape.points.readonly().optional(),
    ...countsSchema.shape,
  }),
] as const;
export type RunEvent = Readonly<z.infer<(typeof runEventSchemas)[number]>>;

export type Report = (event: RunEvent) => void;
