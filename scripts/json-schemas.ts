import { z } from "zod";
import { jsonLineSchema } from "../src/cli/json-stream.js";
import { experimentSchema, profileSchema, reproductionSchema } from "../src/experiment/schema.js";
import { surveyRecordSchema, surveySchema } from "../src/survey/schema.js";
import { cellRecordSchema, runSchema } from "../src/record/schema.js";

/**
 * JSON Schema (draft 2020-12) of every file that people write or read, and of the lines that programs read under
 * --json, by file name in schema/.
 */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const recorded = {
    run: runSchema,
    cell: cellRecordSchema,
    "survey-record": surveyRecordSchema,
    "json-line": jsonLineSchema,
  };
  const written = {
    experiment: experimentSchema,
    profile: profileSchema,
    reproduction: reproductionSchema,
    survey: surveySchema,
  };
  const published = (schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output") =>
    Object.entries(schemas).map(
      ([name, schema]) =>
        [`${name}.schema.json`, `${JSON.stringify(jsonSchema(schema, io), undefined, 2)}\n`] as const,
    );
  // A person may leave out what has a default; a record has it all.
  return new Map([...published(recorded, "output"), ...published(written, "input")]);
}

const jsonSchema = (schema: z.ZodType, io: "input" | "output") =>
  z.toJSONSchema(schema, {
    io,
    // Read-only in our types; of a line that was written it says nothing.
    override: ({ jsonSchema: published }) => {
      delete published.readOnly;
    },
  });
