import type { Metric } from "../contract.js";

const ON_TIME_MS = 1;

/**
 * Share of the probe's requests that left within 1 ms of their schedule.
 *
 * Bound: one request of the sample, the resolution of a share.
 */
export const metric: Metric = {
  id: "probeOnTimeShare",
  title: "Probe requests within 1 ms of schedule",
  unit: "1",
  source: "schedule and send time recorded with each request",
  compute(cell) {
    const { probe } = cell.series;
    if (probe.length === 0) return undefined;
    const onTime = probe.filter(({ scheduledMs, sentMs }) => Math.abs(sentMs - scheduledMs) <= ON_TIME_MS);
    return { value: onTime.length / probe.length, errorBound: 1 / probe.length };
  },
};
