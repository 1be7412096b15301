import { z } from "zod";
import { experimentSchema, profileSchema, reproductionSchema } from "../experiment/schema.js";
import { cellRecordSchema, runSchema } from "./schema.js";

/** JSON Schema (draft 2020-12) of every file that people write or read, by file name in schema/. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const schemas = {
    run: runSchema,
    cell: cellRecordSchema,
    experiment: experimentSchema,
    profile: profileSchema,
    reproduction: reproductionSchema,
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema), undefined, 2)}\n`,
    ]),
  );
}
