import { stringify } from "yaml";
import type { CellRecording } from "../record/recording.js";
import { MANIFEST_FILE } from "../record/manifest.js";
import type { RunRecord } from "../record/schema.js";
import { disclosure, verbatim } from "./disclosure.js";
import { type Content, html, type Html } from "./html.js";
import type { ReportSource } from "./source.js";
import { left, table } from "./table.js";

/** All that a reader needs to trust the numbers years later, folded away on a screen. */
export function provenanceSection({
  measured: { run },
  shown,
  manifest,
  manifestSha256,
}: ReportSource): Html {
  return html`<section id="provenance">
    <h2>Provenance</h2>
    ${disclosure("Software and machine", softwareTable(run))}
    ${disclosure(`Profile ${run.profile.name}: every knob and where its value comes from`, knobsTable(run))}
    ${disclosure("Experiments as they were asked for", verbatim(stringify(run.experiments)))}
    ${disclosure("What else was recorded of the machine", verbatim(stringify(run.provenance.detail)))}
    ${linkSettings(shown)}
    ${disclosure(
      "SHA-256 of every file of the record",
      html`<p>
          SHA-256 of ${MANIFEST_FILE}, which holds them all: <code>${manifestSha256}</code>.
          <code>sha256sum -c ${MANIFEST_FILE}</code> in the folder of the record checks them.
        </p>
        ${table({
          caption: "Files of the record",
          columns: ["file", "SHA-256"].map(left),
          rows: [...manifest].map(([path, hash]) => [path, html`<code>${hash}</code>`]),
          rest: MANIFEST_FILE,
        })}`,
    )}
  </section>`;
}

function softwareTable({
  software,
  provenance,
  runId,
  seed,
  startedAt,
  endedAt,
  testbed,
  schema,
}: RunRecord): Html {
  const { versions, machine, accelerator, cloudlets, shaper } = provenance;
  const rows: [string, Content][] = [
    ["cloudlet", `${software.version}${software.commit === null ? "" : `, commit ${software.commit}`}`],
    ...Object.entries(versions),
    ["CPU", `${machine.cpu}, ${machine.cores} cores`],
    ["memory", `${machine.memoryMiB} MiB`],
    ["testbed", `${testbed.name} (${testbed.kind})`],
    ["accelerator", accelerator],
    ...(cloudlets === undefined ? [] : [["cloudlets", cloudlets] satisfies [string, Content]]),
    ["shaper", shaper],
    ["run", runId],
    ["seed", seed],
    ["started", startedAt],
    ["ended", endedAt],
    ["format of the record", schema],
  ];
  return table({
    caption: "Software and machine",
    columns: ["what", "value"].map(left),
    rows,
    rest: "run.json",
  });
}

function knobsTable({ profile: { tcp, migration, link, handover } }: RunRecord): Html {
  const knobs = Object.entries({ tcp, migration, link, handover }).flatMap(([group, named]) =>
    Object.entries(named).map(([knob, { value, source }]: [string, { value: unknown; source: string }]) => [
      `${group}.${knob}`,
      typeof value === "string" ? value : JSON.stringify(value),
      source,
    ]),
  );
  return table({
    caption: "Knobs of the profile",
    columns: ["knob", "value", "source"].map(left),
    rows: knobs,
    rest: "run.json",
  });
}

/** Queueing disciplines, offloads and congestion control that were in force in the cell of the timeline. */
function linkSettings(shown: CellRecording | undefined): Html | null {
  const attestation = shown?.record.attestation;
  if (shown === undefined || attestation === undefined || attestation === null) return null;
  const { qdiscs, offloads, congestionControl } = attestation.before;
  return disclosure(
    `Queueing disciplines, offloads and congestion control in cell ${shown.record.id}`,
    verbatim(stringify({ qdiscs, offloads, congestionControl })),
  );
}
