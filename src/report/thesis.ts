import type { ClaimResult, Comparison } from "../compare/comparison.js";
import { type Block, reportOf } from "../compare/report.js";
import { html, Html } from "./html.js";
import { table } from "./table.js";

/** The run beside what the thesis printed: the same report that `cloudlet compare` writes, as HTML. */
export function thesisSection(comparison: Comparison): Html {
  const blocks =
    comparison.metrics.length === 0
      ? [
          {
            kind: "paragraph" as const,
            text: "No attested cell of this run is at a point that the thesis has.",
          },
        ]
      : reportOf(comparison);
  let heading = "";
  return html`<section id="thesis">
    <h2>Beside the thesis</h2>
    ${blocks.map((block) => {
      if (block.kind === "heading") heading = block.text;
      return blockHtml(block, heading);
    })}
  </section>`;
}

/** @param heading the one above it, which names a table. */
function blockHtml(block: Block, heading: string): Html | null {
  switch (block.kind) {
    case "heading":
      // The section has a title of its own.
      return block.level === 1 ? null : html`<h3>${block.text}</h3>`;
    case "paragraph":
      return html`<p>${block.text}</p>`;
    case "list":
      return html`<ul>
        ${block.items.map((item) => html`<li>${item}</li>`)}
      </ul>`;
    case "table":
      return table({
        caption: heading,
        columns: block.columns,
        rows: block.rows,
        rest: "comparison/thesis.csv",
      });
    case "claims":
      return claimsTable(block.claims, heading);
  }
}

/** One group of rows a claim, one row a side. */
const claimsTable = (claims: readonly ClaimResult[], caption: string): Html =>
  html`<div class="scroll" tabindex="0">
    <table class="claims">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${["claim", "side", "verdict", "finding"].map((title) => html`<th scope="col" class="left">${title}</th>`)}
        </tr>
      </thead>
      ${claims.map(
        ({ text, place, verdicts }) =>
          html`<tbody>
            ${verdicts.map(
              ({ side, verdict, finding }, index) =>
                html`<tr>
                  ${
                    index === 0
                      ? html`<th scope="rowgroup" rowspan="${verdicts.length}">
                          ${text} <span class="place">(${place})</span>
                        </th>`
                      : null
                  }
                  <td>${side}</td>
                  <td class="verdict">${marks[verdict]} ${verdict}</td>
                  <td>${finding}</td>
                </tr>`,
            )}
          </tbody>`,
      )}
    </table>
  </div>`;

const marks: Record<ClaimResult["verdicts"][number]["verdict"], Html> = {
  holds: Html.trusted(`<span class="holds" aria-hidden="true">✓</span>`),
  "does not hold": Html.trusted(`<span class="fails" aria-hidden="true">✗</span>`),
  "not tested": Html.trusted(`<span aria-hidden="true">·</span>`),
};
