import { join } from "node:path";
import { writeFileAtomically } from "../src/record/atomic-file.js";
import { jsonSchemas } from "./json-schemas.js";

/** Writes schema/*.json from the zod schemas. A test fails while the committed ones lag behind. */
for (const [file, content] of jsonSchemas()) {
  await writeFileAtomically(join(import.meta.dirname, "..", "schema", file), content);
}
