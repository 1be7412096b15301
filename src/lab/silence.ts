/**
 * A program that sends every 10 ms, or reports every 100 ms, and did not for so long was stopped or starved. The longest in
 * the real records under results/: 43 ms of the probe, 180 ms of iperf3.
 */
export const SILENCE_LIMIT_MS = 2000;

/**
 * Longest time without a report between two moments, ms. A program that was stopped or starved says nothing of it:
 * only what it did not report tells.
 *
 * @param timesMs when it reported, in order.
 */
export function longestSilenceMs(timesMs: readonly number[], fromMs: number, untilMs: number): number {
  const marks = [fromMs, ...timesMs.filter((tMs) => tMs > fromMs && tMs < untilMs), untilMs];
  return marks.slice(1).reduce((longest, tMs, index) => Math.max(longest, tMs - (marks[index] ?? tMs)), 0);
}
