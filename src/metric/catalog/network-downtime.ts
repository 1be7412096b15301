import type { Metric } from "../contract.js";
import { migrationOutage, queueingMs } from "../outage.js";

/**
 * Network-layer downtime as the thesis defines it: from the last reply of VM3's old address to the first
 * reply of its next address, by the times of the replies.
 *
 * Without a request lost at both addresses nothing was out: 0, "less than 10 ms" in the thesis.
 *
 * Bound: VM3 stopped between the last answered request and the next, and came back at most one spacing
 * before it answered: two spacings of the probe. The last reply also waited in the loaded WAN
 * queue, which the first new reply does not cross: up to all of its RTT beyond the links' own delay.
 */
export const metric: Metric = {
  id: "networkDowntimeMs",
  title: "Network-layer downtime (thesis definition)",
  unit: "ms",
  source: "thesis 4.2, item 4; Table 4.10",
  compute(cell) {
    const outage = migrationOutage(cell);
    if (outage === undefined) return undefined;
    const spacingMs = outage.spacingAfterMs + outage.spacingBeforeMs;
    if (outage.lost === 0) return { value: 0, errorBound: spacingMs };
    return {
      value: outage.firstReply.receivedMs - outage.lastReply.receivedMs,
      errorBound: spacingMs + (queueingMs(cell, outage.lastReply) ?? 0),
    };
  },
};
