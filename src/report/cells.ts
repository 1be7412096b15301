import type { MeasuredRun } from "../metric/measured-run.js";
import { html, type Html } from "./html.js";
import { left, table } from "./table.js";

/** Cells that are in no mean, with their reasons; or that there are none. */
export function cellsSection({ cells, points }: MeasuredRun): Html {
  const troubled = points.flatMap(({ invalid, failed }) => [...failed, ...invalid]);
  if (troubled.length === 0) {
    return html`<section id="cells">
      <h2>Cells</h2>
      <p>
        ${cells.length === 1 ? "The cell is ok" : `All ${cells.length} cells are ok`}: measured, and the link
        and the connection were as declared.
      </p>
    </section>`;
  }
  return html`<section id="cells">
    <h2>Cells</h2>
    <p class="trouble">
      ${troubled.length} of ${cells.length} cells are not ok. None of them is in any mean below: an invalid
      cell was measured while its link or its connection was not as declared; a failed one did not come to its
      end.
    </p>
    ${table({
      caption: "Cells that are not ok",
      columns: ["cell", "status", "reasons"].map(left),
      rows: troubled.map(({ record: { id, status, reasons } }) => [id, status, reasons.join("; ")]),
      rest: "figures/metrics.csv",
    })}
  </section>`;
}
