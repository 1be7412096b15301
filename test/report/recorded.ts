import { join } from "node:path";
import { measureRun } from "../../src/metric/measured-run.js";
import type { CellRecording } from "../../src/record/recording.js";
import { openRecording } from "../../src/record/read.js";
import type { RunRecord } from "../../src/record/schema.js";
import { RecordWriter } from "../../src/record/write.js";
import { writeReport } from "../../src/report/write.js";
import { type SyntheticCell, syntheticCell, syntheticRun } from "../record/synthetic.js";

/** What tries to be more than text: a tag, an end of an attribute, an end of a comment, an entity, a reordering. */
export const HOSTILE = `</h1><script>document.title="taken"</script>"' onload='x' --> &lt;\u202e\u0007`;

/** Writes a finished record into `root`/`name` and answers with its folder. */
export async function record(
  root: string,
  name: string,
  cells: readonly SyntheticCell[],
  {
    run = syntheticRun(),
    change = (cell) => cell,
  }: { readonly run?: RunRecord; readonly change?: (cell: CellRecording) => CellRecording } = {},
): Promise<string> {
  const dir = join(root, name);
  const writer = await RecordWriter.create(dir, run);
  for (const cell of cells) {
    const { record: made, series } = change(syntheticCell(cell));
    await writer.writeCell(made, series);
  }
  await writer.finish("2024-05-01T13:00:00Z");
  return dir;
}

/** A record whose every free text is hostile; one cell ok, one invalid. */
export function hostileRecord(root: string, name: string): Promise<string> {
  const run = syntheticRun();
  const [experiment] = run.experiments;
  if (experiment === undefined) throw new Error("the synthetic run has no experiment");
  const cells: SyntheticCell[] = [
    { bandwidthMbit: 350, rttMs: 20 },
    { bandwidthMbit: 60, rttMs: 20, status: "invalid" },
  ];
  return record(root, name, cells, {
    run: {
      ...run,
      runId: HOSTILE,
      testbed: { name: HOSTILE, kind: "emulation" },
      profile: {
        ...run.profile,
        title: HOSTILE,
        link: { ...run.profile.link, limitPackets: { value: 1000, source: HOSTILE } },
      },
      experiments: [{ ...experiment, title: HOSTILE }],
      software: { version: HOSTILE, commit: HOSTILE },
      provenance: {
        ...run.provenance,
        versions: { [HOSTILE]: HOSTILE },
        detail: { [HOSTILE]: [HOSTILE] },
      },
    },
    change: ({ record: made, series }) => ({
      record: {
        ...made,
        reasons: made.status === "ok" ? [] : [HOSTILE],
        events: [
          ...made.events,
          { tMs: 3000, source: HOSTILE, name: HOSTILE, detail: { [HOSTILE]: HOSTILE } },
        ],
        attestation: made.attestation && {
          ...made.attestation,
          before: { ...made.attestation.before, method: HOSTILE, qdiscs: { [HOSTILE]: HOSTILE } },
          findings: made.attestation.findings.map(() => HOSTILE),
        },
        evidence: made.evidence && {
          ...made.evidence,
          mptcp: { ...made.evidence.mptcp, tokenBefore: HOSTILE, tokenAfter: HOSTILE },
        },
      },
      series: {
        ...series,
        migration: series.migration.map((poll) => ({ ...poll, status: HOSTILE })),
        subflow: [{ tMs: 3000, established: 1, paths: HOSTILE }],
      },
    }),
  });
}

/** Writes a record's report anew; the path. */
export const report = async (dir: string): Promise<string> =>
  await writeReport(await measureRun(await openRecording(dir)), dir);

/** A report without the inside of its pictures and without its style sheet: what is left fits on a screen. */
export const readable = (page: string): string =>
  page.replace(/(data:image\/svg\+xml,)[^"]*/g, "$1…").replace(/<style>[^<]*<\/style>/, "<style>…</style>");
