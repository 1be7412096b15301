import type { Metric } from "../contract.js";
import { eventMs } from "../events.js";
import { longestStall, stallEstimate } from "../stall.js";
import { wifiMoves } from "../walk.js";

/**
 * The longest stall of the device's flow from its first move between the Wi-Fi networks on. A stall is a run of iperf
 * intervals that each carried less than 5 % of the flow's mean rate before the move, or less than one segment.
 *
 * The flow stopped somewhere inside the last interval that carried traffic and went on somewhere inside the first that
 * did again. The value is the middle: the run plus half of these two intervals.
 *
 * Bound: half of these two intervals. No stall at all: 0, within two intervals. iperf counts what the sender handed to
 * its socket: the send buffer takes in up to its window (`workload.windowKiB`) before the application is held up, and
 * the time that this takes at the flow's rate is no stall.
 */
export const metric: Metric = {
  id: "handoverStallMs",
  title: "Stall of the application (handover of the device)",
  unit: "ms",
  source: "thesis 3.3.2",
  scenarios: ["device-handover"],
  headlineOf: ["device-handover"],
  compute(cell) {
    const fromMs = wifiMoves(cell)[0]?.tMs;
    const startedMs = eventMs(cell, "ProbesStarted");
    if (fromMs === undefined || startedMs === undefined) return undefined;
    return stallEstimate(longestStall(cell, fromMs, { startMs: startedMs, endMs: fromMs }));
  },
};
