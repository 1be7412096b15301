import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { measureRun } from "../../src/metric/measured-run.js";
import { openRecording } from "../../src/record/read.js";
import { unfinishedRun } from "../../src/run/run-folder.js";
import { tamperings } from "./hostile-record.js";
import { holds } from "./property.js";
import { RecordSandbox } from "./record-sandbox.js";

const sandbox = await RecordSandbox.make();
afterAll(() => sandbox.remove());

/** All paths in it. Not those behind links, which may lead back into it. */
const entriesOf = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

describe("whatever was done to a record", () => {
  holds(
    "it is read whole, or refused with its place, and no run goes on in it",
    tamperings(sandbox.intact),
    async () => {
      const { record } = sandbox;
      const before = await entriesOf(record);
      await sandbox.handled(async () => await measureRun(await openRecording(record)));
      await sandbox.handled(() => unfinishedRun(record));
      expect(await entriesOf(record)).toEqual(before);
      await sandbox.expectNothingOutside();
    },
    { prepare: (deeds) => sandbox.tamper(deeds), cases: 2000 },
  );
});
