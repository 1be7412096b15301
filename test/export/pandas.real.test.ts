import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sum } from "simple-statistics";
import { expect, it } from "vitest";
import { z } from "zod";
import { exec } from "../../src/host/process.js";
import { readRecording } from "../../src/record/read.js";
import { seriesNames } from "../../src/record/series-csv.js";
import { columnsOf } from "../../src/record/series.js";
import { requirePrograms } from "../real/require-programs.js";

requirePrograms({ "python3-pandas": ["/usr/bin/python3", "-c", "import pandas"] });

const results = join(import.meta.dirname, "../../results");

/** Reads each file with no option at all, and answers with what it took it for. */
const READ = `
import json, sys, pandas as pd
print(json.dumps([
    {"file": path, "rows": len(frame), "dtypes": {name: dtype.kind for name, dtype in frame.dtypes.items()},
     "sums": {name: float(frame[name].sum()) for name in frame.columns if frame[name].dtype.kind in "if"}}
    for path, frame in ((path, pd.read_csv(path)) for path in sys.argv[1:])
]))`;

const answerSchema = z.array(
  z.object({
    file: z.string(),
    rows: z.int(),
    /** NumPy's kinds: i integer, f floating point, O objects, which text is. */
    dtypes: z.record(z.string(), z.enum(["i", "f", "O"])),
    sums: z.record(z.string(), z.number()),
  }),
);

const runs = (await readdir(results)).filter((name) => existsSync(join(results, name, "run.json")));

it.each(runs)("pandas reads every raw series of %s as it is", async (run) => {
  const dir = join(results, run);
  const { cells } = await readRecording(dir);
  for (const { record, series } of cells) {
    const names = seriesNames.filter((name) => record.series[name] !== undefined);
    const files = names.map((name) => join(dir, "cells", record.id, record.series[name]?.file ?? ""));
    const answer = answerSchema.parse(JSON.parse(await exec(["/usr/bin/python3", "-c", READ, ...files])));
    for (const [index, name] of names.entries()) {
      const found = answer[index];
      const rows: readonly object[] = series[name];
      expect(found?.rows, found?.file).toBe(rows.length);
      const columns = columnsOf(name);
      expect(Object.keys(found?.dtypes ?? {}), found?.file).toEqual(columns.map((column) => column.name));
      for (const { name: column, type } of columns) {
        const place = `${found?.file ?? ""} ${column}`;
        const values = rows.map((row) => (row as Record<string, unknown>)[column]);
        const kind = found?.dtypes[column];
        if (type === "string") {
          // A column of nothing but empty words is taken for numbers that are missing.
          expect(kind, place).toBe(values.some((value) => value !== "") ? "O" : "f");
          continue;
        }
        // Whole numbers, unless one is missing, which takes a NaN.
        const whole = type === "integer" && !values.includes(null);
        expect(kind, place).toMatch(whole ? /^i$/ : /^[if]$/);
        const numbers = values.filter((value) => typeof value === "number");
        expect((found?.sums[column] ?? NaN) / (sum(numbers) || 1), place).toBeCloseTo(
          sum(numbers) === 0 ? 0 : 1,
          9,
        );
      }
    }
  }
});
