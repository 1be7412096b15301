import type { CellRecording } from "../record/recording.js";
import type { ProbeSample } from "../record/series.js";
import { completedMigration, eventMs } from "./events.js";

type AnsweredProbe = ProbeSample & { readonly receivedMs: number };

/** What the dual-address probe saw of the moment when VM3 moved. */
export interface Outage {
  /** The last request to the old address that was answered, by its reply. */
  readonly lastOld: AnsweredProbe;
  /** The first request to the next address that was answered, by its reply. */
  readonly firstNext: AnsweredProbe;
  /** Requests lost at the old address after `lastOld` left and before `firstNext` did. */
  readonly lost: number;
  /** From `lastOld` to the request after it, which was lost: VM3 stopped answering somewhere in between. */
  readonly spacingAfterMs: number;
  /** From the request before `firstNext`, which was lost, to `firstNext`: VM3 came back in between. */
  readonly spacingBeforeMs: number;
}

/** undefined when VM3 did not move, or when either address never answered. */
export function migrationOutage(cell: CellRecording): Outage | undefined {
  if (completedMigration(cell) === undefined) return undefined;
  const old = cell.series.probe.filter(({ address }) => address === "old");
  const next = cell.series.probe.filter(({ address }) => address === "next");
  const lastOld = old
    .filter(isAnswered)
    .reduce<AnsweredProbe | undefined>(
      (last, probe) => (last && last.receivedMs >= probe.receivedMs ? last : probe),
      undefined,
    );
  const firstNext = next
    .filter(isAnswered)
    .reduce<AnsweredProbe | undefined>(
      (first, probe) => (first && first.receivedMs <= probe.receivedMs ? first : probe),
      undefined,
    );
  if (lastOld === undefined || firstNext === undefined) return undefined;
  const afterOld = old.find(({ sentMs }) => sentMs > lastOld.sentMs);
  const beforeNext = next.findLast(({ sentMs }) => sentMs < firstNext.sentMs);
  return {
    lastOld,
    firstNext,
    lost: old.filter(({ sentMs }) => sentMs > lastOld.sentMs && sentMs < firstNext.sentMs).length,
    spacingAfterMs: afterOld === undefined ? 0 : afterOld.sentMs - lastOld.sentMs,
    spacingBeforeMs: beforeNext === undefined ? 0 : firstNext.sentMs - beforeNext.sentMs,
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
