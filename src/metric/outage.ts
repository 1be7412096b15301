import type { CellRecording } from "../record/recording.js";
import type { ProbeSample } from "../record/series.js";
import { completedMigration, eventMs } from "./events.js";

type AnsweredProbe = ProbeSample & { readonly receivedMs: number };

/** What the dual-address probe saw of the moment when VM3 moved. */
export interface Outage {
  /** The last reply from the old address and the first from the next one, by when they came in. */
  readonly lastReply: AnsweredProbe;
  readonly firstReply: AnsweredProbe;
  /** The last request to the old address that was answered and the first to the next one, by when they left. */
  readonly lastAnswered: AnsweredProbe;
  readonly firstAnswered: AnsweredProbe;
  /** Requests lost at both addresses in between. */
  readonly lost: number;
  /** From `lastAnswered` to the request after it, which was lost: VM3 stopped answering somewhere in between. */
  readonly spacingAfterMs: number;
  /** From the request before `firstAnswered`, which was lost, to that one: VM3 came back in between. */
  readonly spacingBeforeMs: number;
}

/** undefined when VM3 did not move, or when either address never answered. */
export function migrationOutage(cell: CellRecording): Outage | undefined {
  if (completedMigration(cell) === undefined) return undefined;
  const old = cell.series.probe.filter(({ address }) => address === "old");
  const next = cell.series.probe.filter(({ address }) => address === "next");
  const lastReply = least(old.filter(isAnswered), ({ receivedMs }) => -receivedMs);
  const firstReply = least(next.filter(isAnswered), ({ receivedMs }) => receivedMs);
  const lastAnswered = least(old.filter(isAnswered), ({ sentMs }) => -sentMs);
  const firstAnswered = least(next.filter(isAnswered), ({ sentMs }) => sentMs);
  if (!lastReply || !firstReply || !lastAnswered || !firstAnswered) return undefined;
  const after = old.find(({ sentMs }) => sentMs > lastAnswered.sentMs);
  const before = next.findLast(({ sentMs }) => sentMs < firstAnswered.sentMs);
  return {
    lastReply,
    firstReply,
    lastAnswered,
    firstAnswered,
    lost: old.filter(({ sentMs }) => sentMs > lastAnswered.sentMs && sentMs < firstAnswered.sentMs).length,
    spacingAfterMs: after === undefined ? 0 : after.sentMs - lastAnswered.sentMs,
    spacingBeforeMs: before === undefined ? 0 : firstAnswered.sentMs - before.sentMs,
  };
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

function least<T>(items: readonly T[], by: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (found, item) => (found === undefined || by(item) < by(found) ? item : found),
    undefined,
  );
}
