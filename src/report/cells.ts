import type { MeasuredRun } from "../metric/measured-run.js";
import { html, type Html } from "./html.js";
import { left, table } from "./table.js";

/** Cells that are in no mean, with their reasons, or that there are none; and those that took more than one attempt. */
export function cellsSection({ cells, points }: MeasuredRun): Html {
  const troubled = points.flatMap(({ invalid, failed }) => [...failed, ...invalid]);
  return html`<section id="cells">
    <h2>Cells</h2>
    ${troubled.length === 0 ? allOk(cells.length) : notOk(troubled, cells.length)} ${repeated(points)}
  </section>`;
}

const allOk = (count: number): Html =>
  html`<p>
    ${count === 1 ? "The cell is ok" : `All ${count} cells are ok`}: measured, and the link and the connection
    were as declared.
  </p>`;

type Cells = MeasuredRun["points"][number]["ok"];

const notOk = (troubled: Cells, count: number): Html =>
  html`<p class="trouble">
      ${troubled.length} of ${count} cells are not ok. None of them is in any mean below: an invalid cell was
      measured while its link or its connection was not as declared; a failed one did not come to its end.
    </p>
    ${table({
      caption: "Cells that are not ok",
      columns: ["cell", "status", "reasons"].map(left),
      rows: troubled.map(({ record: { id, status, reasons } }) => [id, status, reasons.join("; ")]),
      rest: "figures/metrics.csv",
    })}`;

/** Whoever leaves attempts out must say so. */
function repeated(points: MeasuredRun["points"]): Html | null {
  const attempts = points
    .flatMap(({ ok, invalid, failed }) => [...ok, ...invalid, ...failed])
    .flatMap(({ record: { id, status, earlier = [] } }) =>
      earlier.map((attempt, index) => [
        id,
        `${index + 1} of ${earlier.length + 1}`,
        attempt.status,
        attempt.reasons.join("; "),
        status,
      ]),
    );
  if (attempts.length === 0) return null;
  return html`<p>
      Some cells were measured again because an attempt was not ok. What counts is the last attempt, whatever
      it came to.
    </p>
    ${table({
      caption: "Attempts that were repeated",
      columns: ["cell", "attempt", "status", "reasons", "in the end"].map(left),
      rows: attempts,
      rest: "cells/*/cell.json",
    })}`;
}
