import { FRAME_BYTES, linkShaping } from "../experiment/link-shaping.js";
import type { Cell } from "../experiment/plan.js";
import type { Attestation, CellEvidence, LinkMeasurement } from "../record/schema.js";

/** RTT within 5 % or 1 ms, whichever is larger; rate within 10 %. */
export const tolerance = { rttRelative: 0.05, rttAbsoluteMs: 1, rateRelative: 0.1 } as const;

/**
 * What the link between the cloudlets should show when nothing else is on it.
 *
 * RTT: what the cell says. A testbed has a floor of its own, the time that its bridges and virtual
 * machines take with no delay added; it must stay within the tolerance or be taken off the delay that netem
 * adds, since the label on every chart is the cell's RTT.
 *
 * Rate: the token bucket's, unless netem's packet limit is the tighter bound. netem holds each packet for
 * the one-way delay and holds `limit` of them, so no more than limit × frame ÷ delay can pass
 * (net/sched/sch_netem.c). With the default limit of 1000 that is 81 Mbit/s at 150 ms: no error, but the
 * 2014 testbed's most likely behaviour, and recorded as such in `bound`.
 *
 * An unshaped link shows what the machine gives: it is measured and recorded, and held to nothing.
 */
export function expectedLink(cell: Pick<Cell, "wan" | "profile">): Attestation["expected"] {
  const { rateBps, rttMs } = cell.wan;
  if (rateBps === null) return { rttMs: null, rateBps: null, bound: "unshaped" };
  const { forward } = linkShaping({ rateBps, rttMs }, cell.profile.link);
  const limitBps =
    forward.delayMs === 0 ? Infinity : (forward.limitPackets * FRAME_BYTES * 8000) / forward.delayMs;
  return {
    rttMs,
    rateBps: Math.min(rateBps, limitBps),
    bound: limitBps < rateBps ? "netem-limit" : "tbf",
  };
}

/** Whether the link was as declared, before and after the migration. */
export function attest(
  cell: Pick<Cell, "wan" | "profile">,
  before: LinkMeasurement,
  after: LinkMeasurement | null,
): Attestation {
  const expected = expectedLink(cell);
  const findings = [
    ...deviations("before the migration", before, expected),
    ...(after === null ? [] : deviations("after the migration", after, expected)),
  ];
  return {
    expected,
    tolerance,
    before,
    after,
    verdict: findings.length === 0 ? "valid" : "invalid",
    findings,
  };
}

function deviations(when: string, measured: LinkMeasurement, expected: Attestation["expected"]): string[] {
  const { rtt, rateBps } = measured;
  if (rtt.received === 0) return [`${when} none of ${rtt.sent} pings crossed the link`];

  if (expected.rttMs === null || expected.rateBps === null) return [];
  const found: string[] = [];
  const rttSlackMs = Math.max(expected.rttMs * tolerance.rttRelative, tolerance.rttAbsoluteMs);
  // Written so that a value that is no number is outside.
  if (!(Math.abs(rtt.medianMs - expected.rttMs) <= rttSlackMs)) {
    found.push(
      `${when} the link's RTT was ${rtt.medianMs.toFixed(2)} ms, outside ${expected.rttMs} ± ${rttSlackMs.toFixed(2)} ms`,
    );
  }
  if (!(Math.abs(rateBps - expected.rateBps) <= expected.rateBps * tolerance.rateRelative)) {
    const because =
      expected.bound === "tbf" ? "the token bucket's rate" : "what netem's packet limit lets pass";
    found.push(
      `${when} the link's rate was ${mbit(rateBps)} Mbit/s, outside ${mbit(expected.rateBps)} Mbit/s ± 10 % (${because})`,
    );
  }
  return found;
}

/** Whether VM3's memory was written at the rate that the workload says, where it has a writer that ran: one line where not. */
export function writerFindings(asked: Cell["workload"]["writer"], wrote: CellEvidence["writer"]): string[] {
  if (asked === undefined || wrote === undefined) return [];
  const { rateMiBPerS } = asked;
  const foundMiBPerS = wrote.writtenMiB / wrote.durationS;
  if (Math.abs(foundMiBPerS - rateMiBPerS) <= rateMiBPerS * tolerance.rateRelative) return [];
  return [
    `the writer in VM3 wrote ${foundMiBPerS.toFixed(1)} MiB/s, outside ${rateMiBPerS} MiB/s ± 10 % (workload.writer)`,
  ];
}

const mbit = (bps: number): string => (bps / 1e6).toFixed(1);
