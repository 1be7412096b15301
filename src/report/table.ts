import { type Content, html, type Html } from "./html.js";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export const left = (title: string): Column => ({ title, align: "left" });
export const right = (title: string): Column => ({ title, align: "right" });

/** Rows that a table of the report shows at most; a run of a thousand cells must still open on a phone. */
const MOST_ROWS = 200;

export interface Table {
  /** Says what the table holds, for those who see it and for those who hear it. */
  readonly caption: Content;
  readonly columns: readonly Column[];
  /** The first cell of a row names the row. */
  readonly rows: readonly (readonly Content[])[];
  /** Where the rows are that are too many to show. */
  readonly rest: string;
}

/** A table in a box of its own that scrolls sideways where the page is narrow. */
export function table({ caption, columns, rows, rest }: Table): Html {
  const more = rows.length - MOST_ROWS;
  return html`<div class="scroll" tabindex="0">
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map(
              ({ title, align }) => html`<th scope="col" class="${align}">${breakable(title)}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, MOST_ROWS).map((row) => tableRow(row, columns))}
        </tbody>
      </table>
    </div>
    ${more > 0 ? html`<p class="left-out">Not shown: ${more} more rows, in ${rest}.</p>` : null}`;
}

const tableRow = (cells: readonly Content[], columns: readonly Column[]): Html =>
  html`<tr>
    ${cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row" class="${columns[0]?.align ?? "left"}">${cell}</th>`
        : html`<td class="${columns[index]?.align ?? "left"}">${cell}</td>`,
    )}
  </tr> `;

/** A column's name as in the CSV may break before each of its capitals, so that a column is no wider than it must. */
const breakable = (title: string): Content =>
  title.split(/(?<=[a-z])(?=[A-Z][a-z])/).map((part, index) => (index === 0 ? part : html`<wbr />${part}`));
