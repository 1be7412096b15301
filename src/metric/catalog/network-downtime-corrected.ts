import { mean } from "simple-statistics";
import type { CellRecording } from "../../record/recording.js";
import type { Metric } from "../contract.js";
import { migrationOutage, queueingMs } from "../outage.js";
import { pingRttsMs } from "../ping-rtt.js";
import { beforeMigrationWindow } from "../timeline.js";

/**
 * Network-layer downtime seen from VM3, free of the queue that the last old reply waits in: from when
 * the last answered request to the old address reached VM3 (sent, plus the forward delay of the idle
 * path) to when the first reply from the next address left it (received, less the delay of the access
 * link).
 *
 * VM3 stopped somewhere between two requests, and came back at most one spacing before it answered; so
 * half of both spacings is taken off: the value is the middle of what is possible.
 *
 * Bound: half of both spacings, and what the request itself may have queued on its way to VM3. That is
 * at most all queueing of this probe, and at most what pings queued before the migration, when only the
 * device's own flow, which takes this way, loaded the path.
 */
export const metric: Metric = {
  id: "networkDowntimeCorrectedMs",
  title: "Network-layer downtime, corrected for the queue",
  unit: "ms",
  source: "thesis 4.2, item 4, with the send time of the last answered request",
  compute(cell) {
    const outage = migrationOutage(cell);
    const delay = cell.record.evidence?.oneWayDelayMs;
    if (outage === undefined || delay === undefined) return undefined;
    const halfSpacingMs = (outage.spacingAfterMs + outage.spacingBeforeMs) / 2;
    if (outage.lost === 0) return { value: 0, errorBound: 2 * halfSpacingMs };
    const lastAnsweredMs = outage.lastAnswered.sentMs + delay.deviceToCloudlet1;
    const firstAnsweredMs = outage.firstReply.receivedMs - delay.access;
    const queueMs = Math.min(queueingMs(cell, outage.lastAnswered) ?? Infinity, forwardQueueMs(cell));
    return {
      value: firstAnsweredMs - lastAnsweredMs - halfSpacingMs,
      errorBound: halfSpacingMs + queueMs,
    };
  },
};

/** Mean queueing of the 1 s ping before the migration; no limit where there was no such ping. */
function forwardQueueMs(cell: CellRecording): number {
  const delay = cell.record.evidence?.oneWayDelayMs;
  const before = beforeMigrationWindow(cell);
  const rtts = before === undefined ? [] : pingRttsMs(cell, before);
  if (delay === undefined || rtts.length === 0) return Infinity;
  return Math.max(0, mean(rtts) - delay.deviceToCloudlet1 - delay.cloudlet1ToDevice);
}
