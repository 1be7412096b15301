import type { Cell } from "../experiment/plan.js";

/**
 * Seconds that a cell takes to a first approximation: its slots, and the time that the guest's memory needs
 * through the tightest of link and migration cap.
 */
export function expectedDurationS({ timeline, guest, wan, profile }: Cell): number {
  const slotsS = timeline.attachedS + timeline.awayS + timeline.beforeMigrationS + timeline.afterS;
  const capBps = profile.migration.maxBandwidthBytesPerS.value * 8;
  const rateBps = capBps === 0 ? wan.rateBps : Math.min(capBps, wan.rateBps);
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
