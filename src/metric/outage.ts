import { median } from "simple-statistics";
import type { CellRecording } from "../record/recording.js";
import type { ProbeSample } from "../record/series.js";
import { completedMigration, eventMs } from "./events.js";

type AnsweredProbe = ProbeSample & { readonly receivedMs: number };

/** What the dual-address probe saw of the moment when VM3 moved. */
export interface Outage {
  /** The last reply from the old address and the first from the next one, by when they came in. */
  readonly lastReply: AnsweredProbe;
  readonly firstReply: AnsweredProbe;
  /** The last request to the old address that was answered, by when it left. */
  readonly lastAnswered: AnsweredProbe;
  /** Requests to the old address that neither address would have left without a reply before `firstReply`. */
  readonly lost: number;
  /** From `lastAnswered` to the request after it, which was lost: VM3 stopped answering somewhere in between. */
  readonly spacingAfterMs: number;
  /** Spacing of the requests to the next address before `firstReply`: VM3 came back at most that long before it answered. */
  readonly spacingBeforeMs: number;
}

/**
 * undefined when VM3 did not move, when either address never answered, or when the probe did not run on
 * through the whole outage.
 *
 * A reply from the next address may belong to a request that left long before: cloudlet 2 holds packets
 * for an address that it can't resolve yet and delivers them when VM3 announces itself. The time of the
 * reply tells when VM3 was back; the time of its request tells nothing.
 */
export function migrationOutage(cell: CellRecording): Outage | undefined {
  if (completedMigration(cell) === undefined) return undefined;
  const old = cell.series.probe.filter(({ address }) => address === "old");
  const next = cell.series.probe.filter(({ address }) => address === "next");
  const oldAnswered = old.filter(isAnswered);
  const nextAnswered = next.filter(isAnswered);
  const lastReply = least(oldAnswered, ({ receivedMs }) => -receivedMs);
  const lastAnswered = least(oldAnswered, ({ sentMs }) => -sentMs);
  const firstReply = least(nextAnswered, ({ receivedMs }) => receivedMs);
  if (!lastReply || !lastAnswered || !firstReply) return undefined;
  const after = old.find(({ sentMs }) => sentMs > lastAnswered.sentMs);
  const [before, last] = next.filter(({ sentMs }) => sentMs < firstReply.receivedMs).slice(-2);
  if (after === undefined || before === undefined || last === undefined) return undefined;
  const spacingBeforeMs = last.sentMs - before.sentMs;
  const promptMs = usualRttMs(nextAnswered, firstReply.receivedMs) + spacingBeforeMs / 2;
  return {
    lastReply,
    lastAnswered,
    firstReply,
    lost: old.filter(
      ({ sentMs }) => sentMs > lastAnswered.sentMs && sentMs + promptMs < firstReply.receivedMs,
    ).length,
    spacingAfterMs: after.sentMs - lastAnswered.sentMs,
    spacingBeforeMs,
  };
}

/** Median RTT at the next address once VM3 is there. */
function usualRttMs(next: readonly AnsweredProbe[], sinceMs: number): number {
  const rtts = next
    .filter(({ sentMs }) => sentMs >= sinceMs)
    .map(({ sentMs, receivedMs }) => receivedMs - sentMs);
  return rtts.length === 0 ? 0 : median(rtts);
}

/** Time that a request and its reply spent in queues: its RTT less the delays that the links add. */
export function queueingMs(cell: CellRecording, probe: AnsweredProbe): number | undefined {
  const delay = cell.record.evidence?.oneWayDelayMs;
  if (delay === undefined) return undefined;
  const unloadedMs = delay.deviceToCloudlet1 + delay.cloudlet1ToDevice;
  return Math.max(0, probe.receivedMs - probe.sentMs - unloadedMs);
}

/** Requests that had every reason to be answered: to the old address, the device attached, VM3 at the source. */
export function answerableProbes(cell: CellRecording): ProbeSample[] {
  const detachedMs = eventMs(cell, "DeviceDetached") ?? Infinity;
  const attachedMs = eventMs(cell, "DeviceAttached") ?? Infinity;
  const stoppedMs = cell.record.migration?.stopMs ?? eventMs(cell, "GuestStopped") ?? Infinity;
  return cell.series.probe.filter(
    ({ address, sentMs }) =>
      address === "old" && sentMs < stoppedMs && (sentMs < detachedMs || sentMs >= attachedMs),
  );
}

const isAnswered = (probe: ProbeSample): probe is AnsweredProbe => probe.receivedMs !== null;

/** The first of those with the least value. */
function least<T>(items: readonly T[], by: (item: T) => number): T | undefined {
  let least = Infinity;
  let found: T | undefined;
  for (const item of items) {
    const value = by(item);
    if (value >= least) continue;
    least = value;
    found = item;
  }
  return found;
}
