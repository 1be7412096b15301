import { z } from "zod";
import { experimentSchema, profileSchema, reproductionSchema } from "../experiment/schema.js";
import { surveyRecordSchema, surveySchema } from "../survey/schema.js";
import { cellRecordSchema, runSchema } from "./schema.js";

/** JSON Schema (draft 2020-12) of every file that people write or read, by file name in schema/. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const recorded = { run: runSchema, cell: cellRecordSchema, "survey-record": surveyRecordSchema };
  const written = {
    experiment: experimentSchema,
    profile: profileSchema,
    reproduction: reproductionSchema,
    survey: surveySchema,
  };
  const published = (schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output") =>
    Object.entries(schemas).map(
      ([name, schema]) =>
        [`${name}.schema.json`, `${JSON.stringify(z.toJSONSchema(schema, { io }), undefined, 2)}\n`] as const,
    );
  // A person may leave out what has a default; a record has it all.
  return new Map([...published(recorded, "output"), ...published(written, "input")]);
}
