import type { Cell } from "../experiment/plan.js";
import { Failure } from "../failure.js";
import type { CapturedPackets } from "../record/packet-capture.js";
import { type CellRecord, RECORD_VERSION } from "../record/schema.js";
import { noSeries, type RawSeries } from "../record/series.js";
import type { CellSession, Session } from "../testbed/contract.js";
import { writerFindings } from "./attestation.js";
import type { Clock } from "./clock.js";
import { Overhead } from "./overhead.js";
import type { Step } from "./progress.js";
import type { Findings, Scenario, Stage } from "./scenario/contract.js";

export interface CellDependencies {
  readonly scenario: Scenario;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly step: (step: Step) => void;
}

export interface MeasuredCell {
  readonly record: Omit<CellRecord, "series" | "captures">;
  readonly series: RawSeries;
  readonly captures: readonly CapturedPackets[];
}

/**
 * Carries out one cell. Whatever goes wrong in it is written down as the cell's reasons and does not reach
 * the rest of the run.
 *
 * @throws the signal's reason, and nothing else, once the signal is aborted and the cell is cleared up.
 */
export async function measureCell(
  cell: Cell,
  session: Pick<Session, "begin">,
  { scenario, clock, signal, step }: CellDependencies,
): Promise<MeasuredCell> {
  const overhead = new Overhead(clock);
  const findings: Findings = {
    attestation: null,
    tables: {},
    migration: null,
    observation: null,
    invalid: [],
    failed: [],
  };
  let startedAt = clock.now();
  let cellSession: CellSession | undefined;
  try {
    step("setting up");
    cellSession = await session.begin(cell, signal);
    startedAt = cellSession.startedAt;
    const stage: Stage = {
      cell,
      session: cellSession,
      signal,
      step,
      observing: (work) => overhead.observing(work),
    };
    await scenario.play(stage, findings);
  } catch (error) {
    if (!signal.aborted) findings.failed.push(reasonOf(error));
  }
  // A probe's samples from before an exception help to find its cause.
  if (!signal.aborted && findings.observation === null && cellSession !== undefined) {
    try {
      findings.observation = await cellSession.finish();
    } catch (error) {
      // Often what is behind the exception; often the same once more.
      if (!findings.failed.includes(reasonOf(error))) findings.failed.push(reasonOf(error));
    }
  }
  step("clearing up");
  try {
    await cellSession?.[Symbol.asyncDispose]();
  } catch (error) {
    findings.failed.push(`clearing up: ${reasonOf(error)}`);
  }
  signal.throwIfAborted();
  return {
    record: toRecord(cell, findings, {
      startedAt,
      durationS: overhead.durationS,
      overheadS: overhead.overheadS,
    }),
    series: findings.observation?.series ?? noSeries,
    captures: findings.observation?.captures ?? [],
  };
}

function toRecord(
  cell: Cell,
  findings: Findings,
  times: Pick<CellRecord, "startedAt" | "durationS" | "overheadS">,
): MeasuredCell["record"] {
  const { wan, access, guest, workload, timeline } = cell;
  const { attestation, observation } = findings;
  // A connection that fell back to TCP or broke was no handover, whatever else was measured.
  const failed = [...findings.failed, ...(observation?.evidence.mptcp.findings ?? [])];
  const invalid = [
    ...findings.invalid,
    ...(attestation?.findings ?? []),
    ...writerFindings(workload.writer, observation?.evidence.writer),
  ];
  return {
    schema: `cloudlet.cell/${RECORD_VERSION}`,
    id: cell.id,
    experiment: cell.experiment,
    scenario: cell.scenario,
    repeat: cell.repeat,
    seed: cell.seed,
    parameters: {
      ...{ wan, access, guest, workload, timeline },
      ...(cell.scenario === "device-handover" ? { walk: cell.walk } : {}),
    },
    status: failed.length > 0 ? "failed" : invalid.length > 0 ? "invalid" : "ok",
    reasons: [...failed, ...invalid],
    ...times,
    attestation,
    events: [...(observation?.events ?? [])],
    tables: findings.tables,
    migration: findings.migration,
    evidence: observation?.evidence ?? null,
  };
}

/** One line with the causes behind it. */
function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.line;
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}
