import { createHash } from "node:crypto";
import { attestationSection } from "./attestation.js";
import { cellsSection } from "./cells.js";
import { courseSection } from "./course.js";
import { figuresSection } from "./figures.js";
import { headline } from "./headline.js";
import { html, Html, markupOf } from "./html.js";
import { provenanceSection } from "./provenance.js";
import type { ReportSource } from "./source.js";
import { thesisSection } from "./thesis.js";

const contents = [
  ["cells", "Cells"],
  ["figures", "Figures and tables"],
  ["thesis", "Beside the thesis"],
  ["timeline", "Timeline"],
  ["attestation", "Attestation"],
  ["provenance", "Provenance"],
] as const;

/**
 * The whole report as one HTML document that needs nothing else: same source, same bytes. Its policy
 * forbids the browser every script and every request, whatever might stand in the text.
 */
export function reportPage(source: ReportSource, stylesheet: string): string {
  const { run } = source.measured;
  const styleHash = createHash("sha256").update(stylesheet).digest("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const simulated = run.testbed.kind === "simulation" ? " (simulated)" : "";
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>
        ${run.experiments.map(({ name }) => name).join(", ")} on ${run.testbed.name}${simulated},
        ${run.startedAt.slice(0, 10)}
      </title>
      ${Html.trusted(`<style>${stylesheet}</style>`)}
    </head>
    <body>
      ${headline(source)}
      <nav aria-label="Contents">
        <ul>
          ${contents.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
      </nav>
      <main>
        ${cellsSection(source.measured)} ${figuresSection(source.figures)} ${thesisSection(source.comparison)}
        ${courseSection(source.shown)} ${attestationSection(source.measured)} ${provenanceSection(source)}
      </main>
      <footer>Made from the record of run ${run.runId} alone; the same record gives the same bytes.</footer>
    </body>
  </html>`;
  return `<!doctype html>\n${markupOf(page)}\n`;
}
