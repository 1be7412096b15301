import { stringify } from "csv-stringify/sync";
import { loadCatalog } from "../catalog.js";
import type { MeasuredRun } from "../metric/measured-run.js";
import { loadPaper } from "../paper/paper.js";
import type { TableDescription } from "../record/column.js";
import type { DerivedFile } from "../record/derived-file.js";
import { captionOf } from "./caption.js";
import { chartRows } from "./chart.js";
import { chartColumns, describedColumns } from "./columns.js";
import type { Figure, FigureSource, Table } from "./contract.js";
import { sequenceColumns, sequenceRows } from "./sequence/diagram.js";
import { metricsTable, summaryTable } from "./metrics-csv.js";

/** Folder of what this room makes, inside the run's folder. */
export const FIGURES_FOLDER = "figures";

/** A figure that the recording has not the data for, and why. */
export interface SkippedFigure {
  readonly id: string;
  readonly reason: string;
}

/**
 * Every CSV and picture of a run, in `figures/`, sorted by path. The same run gives the same bytes.
 *
 * @param skipped is told of each figure that the run has not the data for.
 */
export async function renderFigures(
  measured: MeasuredRun,
  skipped: (figure: SkippedFigure) => void = () => undefined,
): Promise<DerivedFile[]> {
  const [paper, figures] = await Promise.all([loadPaper(), loadFiguresOf(measured)]);
  const run: FigureSource = { ...measured, paper };
  const { metrics } = measured;

  const files: Promise<DerivedFile>[] = [];
  const add = async (name: string, content: DerivedFile["content"] | Promise<Uint8Array>) => ({
    path: `${FIGURES_FOLDER}/${name}`,
    content: await content,
  });
  const addTable = (name: string, { columns, rows }: Table, about: Omit<TableDescription, "columns">) => {
    const table = { ...about, columns: describedColumns(columns, metrics) };
    files.push(add(name, csv([columns, ...rows])).then((file) => ({ ...file, table })));
  };
  addTable("metrics.csv", metricsTable(run.points, metrics), {
    title: "Every metric of every cell with the bound on its error",
    primaryKey: ["cell"],
  });
  addTable("summary.csv", summaryTable(run.points, metrics), {
    title: "Every metric at every point over its attested repetitions",
  });
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
        addTable(`${id}.csv`, made, { title: tableTitle(id) });
        break;
      case "sequence": {
        const caption = captionOf(run);
        const table = {
          title: `${made.thesis} ${made.title}`,
          columns: describedColumns(sequenceColumns, metrics),
        };
        const { sequencePng, sequenceSvg } = await import("./sequence/drawing.js");
        files.push(
          add(`${id}.png`, sequencePng(made, caption)),
          add(`${id}.svg`, sequenceSvg(made, caption)),
          add(`${id}.csv`, csv(sequenceRows(made))).then((file) => ({ ...file, table })),
        );
        break;
      }
      case "chart": {
        const caption = captionOf(run, made.series);
        // A PNG is compressed on another thread while the next chart is drawn; more at once would only fill memory.
        await encoding;
        const png = renderer.png(made, caption);
        encoding = png;
        const table = { title: `${made.thesis} ${made.title}`, columns: chartColumns(made) };
        files.push(
          add(`${id}.png`, png),
          add(`${id}.svg`, renderer.svg(made, caption)),
          add(`${id}.csv`, csv(chartRows(made))).then((file) => ({ ...file, table })),
        );
        break;
      }
    }
  }
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `table-4-9` as the thesis has it: `Table 4.9`. */
const tableTitle = (id: string): string =>
  id.replace(/^table-(\d+)-(\d+)$/, "Table $1.$2 of the thesis, as measured and as printed");

/** Every figure and table of the catalog that is about what a run did, in the order of its files. */
export async function loadFiguresOf({ points }: Pick<MeasuredRun, "points">): Promise<Figure[]> {
  const modules = await loadCatalog(new URL("catalog/", import.meta.url));
  const all = modules.flatMap(({ figure, figures }) => [
    ...(figure === undefined ? [] : [figure as Figure]),
    ...((figures as readonly Figure[] | undefined) ?? []),
  ]);
  return all.filter(
    ({ settings }) => settings === undefined || points.some(({ setting }) => settings.includes(setting)),
  );
}

/** Text that a spreadsheet would run as a formula is made plain. */
const csv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  stringify(
    rows.map((row) => [...row]),
    { escape_formulas: true },
  );
