import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { loadCatalog } from "../catalog.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { loadPaper } from "../paper/paper.js";
import { writeFileAtomically } from "../record/atomic-file.js";
import { captionOf } from "./caption.js";
import { chartRows } from "./chart.js";
import type { Figure, FigureSource, Table } from "./contract.js";
import { metricsTable, summaryTable } from "./metrics-csv.js";

/** Folder of everything derived, inside the run's folder. It can be removed and made again. */
export const FIGURES_FOLDER = "figures";

/** A figure that the recording has not the data for, and why. */
export interface SkippedFigure {
  readonly id: string;
  readonly reason: string;
}

/**
 * Makes every CSV and picture of a run anew in `dir`/figures and answers with their paths, sorted.
 * The same run gives the same bytes.
 */
export async function renderFigures(
  measured: MeasuredRun,
  dir: string,
  skipped: (figure: SkippedFigure) => void = () => undefined,
): Promise<string[]> {
  const [paper, figures] = await Promise.all([loadPaper(), loadFigures()]);
  const run: FigureSource = { ...measured, paper };
  const { metrics } = measured;

  const files: [name: string, content: string | Promise<Uint8Array>][] = [
    ["metrics.csv", tableCsv(metricsTable(run.points, metrics))],
    ["summary.csv", tableCsv(summaryTable(run.points, metrics))],
  ];
  // Chart.js and Skia are large, and a run is long over before they are needed.
  const { Renderer } = await import("./renderer.js");
  const renderer = new Renderer();
  let encoding: Promise<unknown> = Promise.resolve();
  for (const figure of figures) {
    const { id } = figure;
    const made = figure.content(run);
    switch (made.kind) {
      case "absent":
        skipped({ id, reason: made.reason });
        break;
      case "table":
        files.push([`${id}.csv`, tableCsv(made)]);
        break;
      case "chart": {
        const caption = captionOf(run, made);
        // A PNG is compressed on another thread while the next chart is drawn; more at once would only fill memory.
        await encoding;
        const png = renderer.png(made, caption);
        encoding = png;
        files.push([`${id}.png`, png]);
        files.push([`${id}.svg`, renderer.svg(made, caption)]);
        files.push([`${id}.csv`, csv(chartRows(made))]);
        break;
      }
    }
  }

  const folder = join(dir, FIGURES_FOLDER);
  await mkdir(folder, { recursive: true });
  const written = await Promise.all(
    files.map(async ([name, content]) => {
      await writeFileAtomically(join(folder, name), await content);
      return join(folder, name);
    }),
  );
  return written.sort();
}

async function loadFigures(): Promise<Figure[]> {
  const modules = await loadCatalog(new URL("catalog/", import.meta.url));
  return modules.flatMap(({ figure, figures }) => [
    ...(figure === undefined ? [] : [figure as Figure]),
    ...((figures as readonly Figure[] | undefined) ?? []),
  ]);
}

const tableCsv = ({ columns, rows }: Table): string => csv([columns, ...rows]);

/** Text that a spreadsheet would run as a formula is made plain. */
const csv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  stringify(
    rows.map((row) => [...row]),
    { escape_formulas: true },
  );
