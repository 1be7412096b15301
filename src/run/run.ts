import type { Cell } from "../experiment/plan.js";
import type { LocatedPlan } from "../experiment/read-plan.js";
import { Failure } from "../failure.js";
import { restoreFolder } from "../record/cell-folder.js";
import { inLockedFolder } from "../record/folder-lock.js";
import { RECORD_VERSION, type RunRecord } from "../record/schema.js";
import { RecordWriter } from "../record/write.js";
import type { Session, Testbed } from "../testbed/contract.js";
import { type Continuation, continuationOf, NOTHING_RECORDED } from "./continuation.js";
import type { RunOptions } from "./options.js";
import type { RunCounts } from "./progress.js";
import { demandReady } from "./readiness.js";
import { Repetitions } from "./repetitions.js";
import {
  demandSameMachine,
  demandSameRun,
  demandSameSoftware,
  removeEmptyRecord,
  unfinishedRun,
} from "./run-folder.js";
import { sweep } from "./sweep.js";

export interface RunOutcome extends RunCounts {
  /** Whether the run was ended before its last cell. Its record then has no end, and can be continued. */
  readonly interrupted: boolean;
  /** Whole cells in the record, those of an earlier part of the run among them. */
  readonly recorded: number;
}

/**
 * Walks a plan over a testbed and writes the record, cell by cell. One cell's trouble does not end the run;
 * the signal does, once the current cell is cleared up.
 *
 * @throws Failure before anything is made when the testbed cannot carry the plan, lacks something, or the
 * folder is taken or another process is at work on it.
 */
export async function carryOut(options: RunOptions): Promise<RunOutcome> {
  const { located, testbed, dir } = options;
  refuseCells({ cells: located.plan.cells, placeOf: located.placeOf }, testbed);
  if (options.asked.capturePackets) demandPackets(testbed);
  return await inLockedFolder(dir, () => beginOrGoOn(options));
}

/** In a folder that no other process works in. */
async function beginOrGoOn(options: RunOptions): Promise<RunOutcome> {
  const { located, testbed, dir, signal, report } = options;
  const { capturePackets } = options.asked;
  const { plan } = located;
  const unfinished = await unfinishedRun(dir);
  if (unfinished !== undefined) {
    demandSameRun(dir, unfinished, options);
    demandSameSoftware(dir, unfinished.software, options.software);
    for (const id of unfinished.cells) await restoreFolder(dir, id);
  }
  await demandReady(testbed, signal);
  const continuation = unfinished === undefined ? NOTHING_RECORDED : await continuationOf(dir, unfinished);

  const runId = unfinished?.runId ?? options.runId;
  const note = (message: string) => {
    report({ type: "note", message });
  };
  await testbed.labs?.removeLeftovers(note);
  const share = testbed.share?.(plan.cells);
  const held = share && (await options.claim({ ...share, runId, testbed: testbed.name, signal, note }));
  try {
    const session = await testbed.open({ runId, seed: plan.seed, capturePackets, signal, note });
    try {
      return await measure(session, { ...options, runId }, unfinished, continuation);
    } finally {
      await session[Symbol.asyncDispose]();
    }
  } finally {
    await held?.[Symbol.asyncDispose]();
  }
}

/** Carries the cells out that are not recorded yet, on machines that are up. */
async function measure(
  session: Session,
  options: RunOptions,
  unfinished: RunRecord | undefined,
  { kept, anew, notes }: Continuation,
): Promise<RunOutcome> {
  const { located, testbed, dir, runId, report, clock, stopRule, asked } = options;
  const { plan } = located;
  const provenance = await session.provenance();
  if (unfinished !== undefined) demandSameMachine(dir, unfinished.provenance, provenance);
  const begun: RunRecord = {
    schema: `cloudlet.run/${RECORD_VERSION}`,
    runId,
    startedAt: unfinished?.startedAt ?? clock.now(),
    endedAt: null,
    testbed: { name: testbed.name, kind: testbed.kind },
    profile: plan.profile,
    experiments: [...plan.experiments],
    seed: plan.seed,
    ...(stopRule === undefined ? {} : { stopRule: { ...stopRule.declared, points: [] } }),
    asked,
    cells: [],
    software: options.software,
    provenance,
  };
  const writer = await RecordWriter.create(dir, begun, new Set(anew.keys()));
  try {
    report({
      type: "run-started",
      runId,
      testbed: testbed.name,
      kind: testbed.kind,
      profile: plan.profile.name,
      seed: plan.seed,
      cells: new Repetitions(plan.cells, stopRule).certain.map(({ id }) => id),
      recorded: [...kept],
      ...(stopRule === undefined ? {} : { stopRule: stopRule.declared }),
      dir,
    });
    for (const message of notes) report({ type: "note", message });
    const { points, recorded: whole, ...counts } = await sweep({ kept, anew }, session, writer, options);
    const interrupted = counts.remaining > 0;
    if (!interrupted) await writer.finish(clock.now(), points);
    report({
      type: "run-ended",
      dir,
      ...counts,
      ...(stopRule === undefined || interrupted ? {} : { points }),
    });
    return { ...counts, interrupted, recorded: whole };
  } finally {
    await removeEmptyRecord(dir);
  }
}

/** @throws Failure (usage) that lists each parameter which the testbed cannot carry, where it was written. */
export function refuseCells(
  { cells, placeOf }: { readonly cells: readonly Cell[] } & Pick<LocatedPlan, "placeOf">,
  testbed: Testbed,
): void {
  const failures = new Map<string, Failure>();
  for (const cell of cells) {
    const refusal = testbed.refuse(cell);
    if (refusal === undefined) continue;
    const failure = new Failure(`testbed ${testbed.name} cannot carry cell ${cell.id}: ${refusal.message}`, {
      kind: "usage",
      place: placeOf(cell, refusal.key),
      mend: refusal.mend,
    });
    // Repetitions and rows of a grid share their cause; one line is enough for each.
    const cause = `${failure.place ?? ""} ${refusal.message}`;
    if (!failures.has(cause)) failures.set(cause, failure);
  }
  const [first, ...rest] = failures.values();
  if (first !== undefined) throw Failure.join([first, ...rest]);
}

/** @throws Failure (usage) when the testbed has none to capture. */
function demandPackets({ name, kind, packetCapture = false }: Testbed): void {
  if (packetCapture) return;
  const reason = kind === "simulation" ? "it is a simulation, where no packet is on any wire" : "it can't";
  throw new Failure(`testbed ${name} captures no packets: ${reason}`, {
    kind: "usage",
    place: "--pcap",
    mend: "leave it out, or use --testbed netns",
  });
}
