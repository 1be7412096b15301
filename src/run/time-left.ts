import type { Cell } from "../experiment/plan.js";

/** What an unshaped link is taken to carry. */
const UNSHAPED_BPS = 1e9;

/**
 * Seconds that a cell takes to a first approximation: its slots, and the time that the guest's memory needs
 * through the tightest of link and migration cap.
 */
export function expectedDurationS(cell: Cell): number {
  const { guest, wan, profile } = cell;
  if (cell.scenario === "throughput") {
    return cell.workload.flows.length * (cell.timeline.pingS + cell.timeline.iperfS);
  }
  if (cell.scenario === "device-handover") {
    return cell.timeline.attachedS + Math.abs(cell.walk.gapS) + cell.timeline.afterS;
  }
  const { timeline } = cell;
  const slotsS = timeline.attachedS + timeline.awayS + timeline.beforeMigrationS + timeline.afterS;
  const capBps = profile.migration.maxBandwidthBytesPerS.value * 8;
  const rateBps = Math.min(capBps === 0 ? Infinity : capBps, wan.rateBps ?? UNSHAPED_BPS);
  return slotsS + (guest.usedMiB * 2 ** 20 * 8) / rateBps;
}

export interface FinishedCell {
  readonly expectedS: number;
  readonly durationS: number;
}

/**
 * Seconds until the run ends: the first approximation of what remains, scaled by how the finished cells
 * compare with theirs. A simulated cell takes a fraction of its slots, and the scale soon says so.
 */
export function secondsLeft(remainingS: readonly number[], finished: readonly FinishedCell[]): number {
  const expected = sum(finished.map(({ expectedS }) => expectedS));
  const scale = expected > 0 ? sum(finished.map(({ durationS }) => durationS)) / expected : 1;
  return sum(remainingS) * scale;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
