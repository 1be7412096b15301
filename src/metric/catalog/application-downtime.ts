import type { Metric } from "../contract.js";
import { completedMigration } from "../events.js";
import { migrationStall, stallEstimate } from "../stall.js";

/**
 * Application-level downtime: the longest stall of the device's flow from the start of the migration on
 * (slot D of thesis 4.5). A stall is a run of iperf intervals that each carried less than 5 % of the
 * flow's mean rate over the WAN before the migration, or less than one segment.
 *
 * The flow stopped somewhere inside the last interval that carried traffic and went on somewhere inside
 * the first that did again. The value is the middle: the run plus half of these two intervals.
 *
 * Bound: half of these two intervals. No stall at all: 0, within two intervals. iperf counts what the
 * sender handed to its socket, a block (128 KiB) at a time: below 10 Mbit/s a 0.1 s interval can be empty
 * while data flow, so stalls of one or two intervals mean little there.
 */
export const metric: Metric = {
  id: "applicationDowntimeMs",
  title: "Application downtime (longest stall)",
  unit: "ms",
  source: "thesis 4.5, slot D",
  compute(cell) {
    return stallEstimate(completedMigration(cell) && migrationStall(cell));
  },
};
