import { chartRows } from "../figure/chart.js";
import type { Table } from "../figure/contract.js";
import { sequenceRows } from "../figure/sequence/diagram.js";
import { disclosure } from "./disclosure.js";
import { html, type Html } from "./html.js";
import type { DrawnChart, DrawnFigure } from "./source.js";
import { svgDataUri } from "./svg-data-uri.js";
import { left, right, table } from "./table.js";

/** Every figure and table that the run has the data for, and by name those that it has not. */
export function figuresSection(figures: readonly DrawnFigure[]): Html {
  const absent = figures.flatMap(({ title, content }) =>
    content.kind === "absent" ? [{ title, reason: content.reason }] : [],
  );
  return html`<section id="figures">
    <h2>Figures and tables</h2>
    ${figures.map(figure)}
    ${
      absent.length === 0
        ? null
        : html`<p>
            Not drawn, as this run has not the data:
            ${absent.map(({ title, reason }, index) => `${index > 0 ? "; " : ""}${title} (${reason})`)}.
          </p>`
    }
  </section>`;
}

function figure({ id, title, content }: DrawnFigure): Html | null {
  switch (content.kind) {
    case "absent":
      return null;
    case "chart":
      return html`<figure id="${id}">
        <h3>${title}</h3>
        <div class="scroll card" tabindex="0">
          <img src="${svgDataUri(content.svg)}" width="1000" height="640" alt="${inWords(content)}" />
        </div>
        <figcaption>${content.notes.join(" ")} In numbers: figures/${id}.csv.</figcaption>
        ${numbers(id, content)}
      </figure>`;
    case "sequence": {
      const [columns = [], ...rows] = sequenceRows(content);
      return html`<figure id="${id}">
        <h3>${title}</h3>
        <div class="scroll card" tabindex="0">
          <img
            src="${svgDataUri(content.svg)}"
            width="${content.width}"
            height="${content.height}"
            alt="${`Sequence diagram: ${content.title}. Its rows are in the table below.`}"
          />
        </div>
        <figcaption>${content.notes.join(" ")} In numbers: figures/${id}.csv.</figcaption>
        ${disclosure(
          "The rows drawn",
          dataTable(id, title, { kind: "table", columns: columns.map(String), rows }),
        )}
      </figure>`;
    }
    case "table":
      return html`<figure id="${id}">
        <h3>${title}</h3>
        ${dataTable(id, title, content)}
      </figure>`;
  }
}

/** For those who can't see the picture. Curves have too many samples to be read out; marks are in a table besides. */
function inWords({ title, x, y, series }: DrawnChart): string {
  const labels = series.map(
    ({ label, points }) => `${label === "" ? "one curve" : label}, ${points.length} points`,
  );
  return `Chart: ${title}. ${y.title} over ${x.title}. ${labels.join("; ")}.`;
}

/** What the marks of a chart stand at; a curve's samples are in its CSV. */
function numbers(id: string, chart: DrawnChart): Html | null {
  if (chart.series.some(({ form }) => form === "curve")) return null;
  const [columns = [], ...rows] = chartRows(chart);
  return disclosure(
    "The numbers drawn",
    dataTable(id, chart.title, { kind: "table", columns: columns.map(String), rows }),
  );
}

/** Columns without any value are left out: a reader finds them in the CSV, where columns are fixed. */
function dataTable(id: string, caption: string, { columns, rows }: Table): Html {
  const filled = columns
    .map((title, index) => ({ title, values: rows.map((row) => row[index] ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null && value !== ""));
  const shown = filled.map(({ title, values }) => {
    const numbers = values.filter((value) => typeof value === "number");
    const text = values.some((value) => typeof value === "string");
    return { column: text ? left(title) : right(title), format: formatOf(numbers) };
  });
  return table({
    caption,
    columns: shown.map(({ column }) => column),
    rows: rows.map((_, row) =>
      shown.map(({ format }, column) => format(filled[column]?.values[row] ?? null)),
    ),
    rest: `figures/${id}.csv`,
  });
}

/** As many decimals for all of a column as its largest value needs; the CSV has them all. */
function formatOf(numbers: readonly number[]): (value: string | number | null) => string {
  const most = numbers.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  const decimals = numbers.every(Number.isInteger) ? 0 : most >= 10 ? 2 : most >= 1 ? 3 : 4;
  return (value) => (typeof value === "number" ? value.toFixed(decimals).replace(/^-/, "−") : (value ?? "–"));
}
