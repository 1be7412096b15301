import type { CellRecording } from "../record/recording.js";
import type { CellRecord } from "../record/schema.js";
import { type Content, html, type Html } from "./html.js";
import { left, right, table } from "./table.js";
import { timelineSvg } from "./timeline/svg.js";
import { slotSentence, type Timeline, timelineOf } from "./timeline/timeline.js";

/** Everything that one cell observed, on one clock. */
export function courseSection(shown: CellRecording | undefined): Html {
  const timeline = shown && timelineOf(shown);
  if (shown === undefined || timeline === undefined) {
    return html`<section id="timeline">
      <h2>Timeline</h2>
      <p>No cell came to its end with anything observed over time.</p>
    </section>`;
  }
  const { record } = shown;
  return html`<section id="timeline">
    <h2>Timeline of ${record.migration === null ? "one cell" : "one migration"}</h2>
    <p>
      Cell ${record.id}, ${linkInWords(record)}, repetition ${record.repeat}, everything on the clock of the
      device, VM4.
      ${record.status === "ok" ? null : html`<strong>Not ok: ${record.reasons.join("; ")}.</strong>`}
    </p>
    <div class="scroll card wide" tabindex="0">${timelineSvg(timeline)}</div>
    <p class="caption">
      ${timeline.slots.length === 0 ? null : slotSentence(timeline, shown)} RTT stands at the time when the
      request left; a stroke spans all samples that fall on it, least to greatest. Interfaces are up from the
      event that raised them to the one that took them down; what was found in between is in Tables 4.5 to
      4.8. A subflow lasts from the first to the last look that found it established. Numbers at the foot are
      events, timed since ${timeline.origin}:
    </p>
    ${eventsTable(timeline)}
  </section>`;
}

function linkInWords({ parameters: { wan } }: CellRecord): string {
  return wan.rateBps === null ? "an unshaped link" : `${wan.rateBps / 1e6} Mbit/s and ${wan.rttMs} ms`;
}

const eventsTable = ({ cell, events, originMs }: Timeline): Html =>
  table({
    caption: `Events of cell ${cell.id}`,
    columns: [left("no."), right("time, s"), ...["seen by", "event", "detail"].map(left)],
    rows: events.map(({ tMs, source, name, detail = {} }, index): Content[] => [
      index + 1,
      ((tMs - originMs) / 1000).toFixed(3).replace(/^-/, "−"),
      source,
      name,
      Object.entries(detail)
        .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(", "),
    ]),
    rest: `cells/${cell.id}/cell.json`,
  });
