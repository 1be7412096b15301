import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compareWithPaper } from "../compare/comparison.js";
import { captionOf } from "../figure/caption.js";
import type { Figure, FigureSource } from "../figure/contract.js";
import { handoverCell } from "../figure/grid.js";
import { loadFiguresOf } from "../figure/render.js";
import type { Renderer } from "../figure/renderer.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { loadPaper, type Paper } from "../paper/paper.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import { inLockedFolder } from "../record/folder-lock.js";
import { formatManifest } from "../record/manifest.js";
import { readCellRecording, readManifest } from "../record/read.js";
import { sha256 } from "../record/series-csv.js";
import { reportPage } from "./page.js";
import type { DrawnFigure } from "./source.js";

/** Beside run.json. It can be removed and made again. */
export const REPORT_FILE = "report.html";

/** Beside the sources also when this file runs from dist/: the compiler copies no CSS. */
const stylesheet = new URL("../../src/report/report.css", import.meta.url);

/** Writes the report of a finished run into its folder, and answers with its path. */
export async function writeReport(measured: MeasuredRun, dir: string): Promise<string> {
  const path = join(dir, REPORT_FILE);
  const page = await reportHtml(measured, dir);
  await inLockedFolder(dir, () => writeFileAtomically(path, page));
  return path;
}

/**
 * The report of a finished run, one HTML file that needs no other. All of it comes from the record in `dir`;
 * the same record gives the same bytes.
 */
export async function reportHtml(measured: MeasuredRun, dir: string): Promise<string> {
  const [paper, figures, manifest, css] = await Promise.all([
    loadPaper(),
    loadFiguresOf(measured),
    readManifest(dir),
    readFile(stylesheet, "utf8"),
  ]);
  const [{ Renderer }, sequences] = await Promise.all([
    import("../figure/renderer.js"),
    import("../figure/sequence/drawing.js"),
  ]);
  const drawing = { renderer: new Renderer(), sequences };
  const shown = cellInTime(measured);
  return reportPage(
    {
      measured,
      figures: figures
        .toSorted((a, b) => byNumber.compare(a.id, b.id))
        .map((figure) => drawn(figure, { ...measured, paper }, drawing)),
      comparison: compareWithPaper({ measured, dir }, paper),
      shown: shown && (await readCellRecording(dir, shown.record.id)),
      manifest,
      manifestSha256: sha256(formatManifest(manifest)),
    },
    css,
  );
}

/** `fig-4-9` before `fig-4-10`. */
const byNumber = new Intl.Collator("en", { numeric: true });

/** What draws charts and sequences; loaded only where something is drawn. */
interface Drawing {
  readonly renderer: Renderer;
  readonly sequences: typeof import("../figure/sequence/drawing.js");
}

function drawn(figure: Figure, run: FigureSource, { renderer, sequences }: Drawing): DrawnFigure {
  const { id } = figure;
  const content = figure.content(run);
  if (content.kind === "sequence") {
    const title = `${content.thesis} ${content.title}`;
    const caption = captionOf(run);
    const picture = { ...content, notes: [] };
    const svg = sequences.sequenceSvg(picture, caption);
    return { id, title, content: { ...content, svg, ...sequences.sequenceSize(picture, caption) } };
  }
  if (content.kind !== "chart") return { id, title: tableTitle(id, run.paper), content };
  const svg = renderer.svg({ ...content, notes: [] }, captionOf(run, content.series));
  return { id, title: `${content.thesis} ${content.title}`, content: { ...content, svg } };
}

/** `Table 4.9 Total VM migration time`, with the title that the thesis gave it where it is known. */
function tableTitle(id: string, { tables, interfaces }: Paper): string {
  const [kind = "", ...rest] = id.split("-");
  const number = rest.every((part) => /^\d+$/.test(part)) ? rest.join(".") : undefined;
  const printed = [...tables, ...interfaces].find((known) => known.id === id || known.id === number)?.title;
  const name = kind === "fig" ? "Fig." : kind.replace(/^./, (letter) => letter.toUpperCase());
  return [
    name,
    ...(number === undefined ? rest : [number]),
    ...(printed === undefined ? [] : [printed]),
  ].join(" ");
}

/** The cell that the figures over time show, among those that migrated where there are any. */
function cellInTime({ points }: MeasuredRun) {
  const migrated = points.filter(({ ok, invalid }) =>
    [...ok, ...invalid].some(({ record }) => record.migration !== null),
  );
  return handoverCell({ points: migrated }) ?? handoverCell({ points });
}
