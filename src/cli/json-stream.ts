import { z } from "zod";
import { failureKinds } from "../failure.js";
import { runEventSchemas } from "../run/progress.js";

/** What `run` and `reproduce` write under --json: one JSON object a line, of these types. */

const path = z.string();
const paths = z.array(path).readonly();

/** Wall-clock time of an event. */
const at = z.iso.datetime();

/** Paths of what was made of a run's record. */
const derivedPathsSchema = z.strictObject({
  figures: paths,
  comparison: paths,
  report: path,
  dataPackage: path,
  /** Figures that the run has not the data for. */
  skipped: z.array(z.strictObject({ id: z.string(), reason: z.string() }).readonly()).readonly(),
});
export type DerivedPaths = Readonly<z.infer<typeof derivedPathsSchema>>;

/** Last line of `cloudlet run`. */
const derivedSchema = z.strictObject({
  type: z.literal("derived"),
  dir: path,
  ...derivedPathsSchema.shape,
});
export type DerivedLine = Readonly<z.infer<typeof derivedSchema>>;

/** Last line of `cloudlet reproduce`. */
const reproductionSchema = z.strictObject({
  type: z.literal("reproduction"),
  dir: path,
  derived: derivedPathsSchema.readonly(),
  /** As `cloudlet compare --json` gives it, docs/compare.md. */
  comparison: z.looseObject({}),
});
export type ReproductionLine = Readonly<z.infer<typeof reproductionSchema>>;

/** Last line of any command that failed, docs/exit-codes.md. */
const errorSchema = z.strictObject({
  type: z.literal("error"),
  exitCode: z.int(),
  kind: z.enum([...failureKinds, "bug"]),
  failures: z
    .array(
      z.strictObject({
        /** Where: `file:line:column`, a command line, a cell. */
        place: z.string().optional(),
        message: z.string(),
        /** What to do about it. */
        mend: z.string().optional(),
      }),
    )
    .min(1),
});

export const jsonLineSchema = z.discriminatedUnion("type", [
  derivedSchema,
  reproductionSchema,
  errorSchema,
  ...runEventSchemas.map((event) => event.extend({ at })),
]);
