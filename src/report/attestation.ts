import type { MeasuredRun } from "../metric/measured-run.js";
import type { Attestation, CellEvidence, CellRecord, LinkMeasurement } from "../record/schema.js";
import { type Content, html, type Html } from "./html.js";
import { left, right, table } from "./table.js";

/** What each cell's link and connection should have been, what they were before and after, and the verdict. */
export function attestationSection({ points }: MeasuredRun): Html {
  const records = points.flatMap(({ ok, invalid, failed }) =>
    [...ok, ...invalid, ...failed].map(({ record }) => record),
  );
  const attestations = records.flatMap(({ attestation }) => (attestation === null ? [] : [attestation]));
  const methods = unique(
    attestations.flatMap(({ before, after }) => [before.method, after?.method ?? before.method]),
  );
  return html`<section id="attestation">
    <h2>Attestation</h2>
    <p>
      RTT (median) and rate of the link between the cloudlets, measured with nothing else on it before and
      after each cell. ${unique(attestations.map(toleranceInWords)).map((text) => `Tolerance: ${text}. `)}
      ${methods.length === 0 ? null : `Rate by ${methods.join("; or ")}.`} The connection is one where the
      token of the MPTCP connection is the same at the start and at the end.
    </p>
    ${table({
      caption: "Links as declared and as measured",
      columns: [
        left("cell"),
        ...["RTT expected, ms", "before", "after", "rate expected, Mbit/s", "before", "after"].map(right),
        ...["bound by", "link", "MPTCP connection"].map(left),
      ],
      rows: records.map(attestationRow),
      rest: "cells/*/cell.json",
    })}
  </section>`;
}

const NONE = "–";

const bounds: Record<Attestation["expected"]["bound"], string> = {
  tbf: "tbf's rate",
  "netem-limit": "netem's limit",
  unshaped: "nothing but the machine",
};

function attestationRow({ id, attestation, evidence }: CellRecord): Content[] {
  if (attestation === null)
    return [id, ...Array.from({ length: 7 }, () => NONE), "not measured", connection(evidence)];
  const { expected, before, after, verdict, findings } = attestation;
  const rtt = (link: LinkMeasurement | null) =>
    link === null ? NONE : link.rtt.received === 0 ? "no reply" : link.rtt.medianMs.toFixed(2);
  const rate = (link: LinkMeasurement | null) => (link === null ? NONE : mbit(link.rateBps));
  return [
    id,
    expected.rttMs === null ? NONE : expected.rttMs.toFixed(2),
    rtt(before),
    rtt(after),
    expected.rateBps === null ? NONE : mbit(expected.rateBps),
    rate(before),
    rate(after),
    bounds[expected.bound],
    verdict === "valid" ? "valid" : html`<strong>invalid</strong>: ${findings.join("; ")}`,
    connection(evidence),
  ];
}

function connection(evidence: CellEvidence | null): Content {
  if (evidence === null) return NONE;
  const { tokenBefore, tokenAfter, findings } = evidence.mptcp;
  if (findings.length > 0) return html`<strong>${findings.join("; ")}</strong>`;
  if (tokenBefore === null && tokenAfter === null) return NONE;
  return tokenBefore === tokenAfter
    ? `one: ${tokenBefore ?? NONE}`
    : `${tokenBefore ?? NONE} → ${tokenAfter ?? NONE}`;
}

const toleranceInWords = ({ tolerance }: Attestation): string =>
  `RTT ± ${percent(tolerance.rttRelative)} or ${tolerance.rttAbsoluteMs} ms, whichever is more; rate ± ${percent(tolerance.rateRelative)}`;

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

const mbit = (bps: number): string => (bps / 1e6).toFixed(1);

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
