import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { putInPlace, restoreFolder } from "../../src/record/cell-folder.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-cell-"));
});
afterEach(() => rm(dir, { recursive: true }));

it("brings back the folder before where the new one can't be put in its place", async () => {
  await mkdir(join(dir, "cells", "c1"), { recursive: true });
  await writeFile(join(dir, "cells", "c1", "cell.json"), "before");
  // Nothing was written that could take its place.
  await expect(putInPlace(dir, "c1")).rejects.toThrow(/ENOENT/);
  await restoreFolder(dir, "c1");
  expect(await readdir(join(dir, "cells"))).toEqual(["c1"]);
  expect(await readdir(join(dir, "cells", "c1"))).toEqual(["cell.json"]);
});
