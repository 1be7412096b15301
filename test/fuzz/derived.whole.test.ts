import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe } from "vitest";
import { derive, writeDerived } from "../../src/derived/derive.js";
import { verify } from "../../src/derived/verification.js";
import { measureRun } from "../../src/metric/measured-run.js";
import { openRecording } from "../../src/record/read.js";
import { type Tampering, tamperings } from "./hostile-record.js";
import { holds } from "./property.js";
import { RecordSandbox } from "./record-sandbox.js";

const sandbox = await RecordSandbox.make();
afterAll(() => sandbox.remove());

/** Something that waits where a derived file is to be written. */
const traps: fc.Arbitrary<Tampering> = fc
  .tuple(
    fc.constantFrom("figures", "comparison", "report.html", "datapackage.json", "figures/metrics.csv"),
    fc.constantFrom("outside", "outside/secret", "nowhere", "fifo", "a folder", "a file"),
  )
  .map(([path, what]) => async (dir) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    if (what === "a folder") await mkdir(join(dir, path));
    else if (what === "a file") await writeFile(join(dir, path), "mine");
    else await symlink(join(dirname(dir), what), join(dir, path));
  });

describe("whatever was done to a record", () => {
  holds(
    "what is derived of it stays in its folder, and is verified or found wanting",
    fc
      .tuple(fc.array(traps, { maxLength: 1 }), tamperings(sandbox.intact))
      .map(([set, done]) => [...set, ...done]),
    async () => {
      const { record } = sandbox;
      await sandbox.handled(async () =>
        writeDerived(await derive(await measureRun(await openRecording(record)), record), record),
      );
      await sandbox.handled(() => verify(record));
      await sandbox.expectNothingOutside();
    },
    // Drawing every chart twice takes seconds, which is what it costs and no hang.
    { prepare: (deeds) => sandbox.tamper(deeds), cases: 200, mostCpuMs: 20_000 },
  );
});
