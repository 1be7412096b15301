import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jsonSchemas } from "../../scripts/json-schemas.js";

const folder = join(import.meta.dirname, "../../schema");

it("publishes every schema, each as the code has it (mend: npm run schema)", async () => {
  const schemas = jsonSchemas();
  expect(await readdir(folder)).toEqual([...schemas.keys()].sort());
  for (const [file, content] of schemas) {
    expect(await readFile(join(folder, file), "utf8"), file).toBe(content);
  }
});
