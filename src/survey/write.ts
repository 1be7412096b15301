import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import { type SurveyRecord, surveyRecordSchema } from "./schema.js";
import { type HostRow, surveyCsv } from "./table.js";

const RECORD_FILE = "survey.json";
const TABLE_FILE = "table-4-2.csv";

/** @throws Failure (usage) when the folder holds a survey already: what was measured is not overwritten. */
export async function demandNew(dir: string): Promise<void> {
  const place = join(dir, RECORD_FILE);
  const isThere = await access(place).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new Failure("a survey is already here", {
    kind: "usage",
    place,
    mend: "name a new folder with --out; nothing in this one was changed",
  });
}

/** Writes what was measured, and the table made of it; the paths. The record comes last: where it is, all is. */
export async function writeSurvey(
  record: SurveyRecord,
  rows: readonly HostRow[],
  dir: string,
): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const files = [
    [join(dir, TABLE_FILE), surveyCsv(rows)],
    [join(dir, RECORD_FILE), `${JSON.stringify(surveyRecordSchema.parse(record), undefined, 2)}\n`],
  ] as const;
  for (const [path, content] of files) await writeFileAtomically(path, content);
  return files.map(([path]) => path);
}
