/** A stretch of a cell's time, ms on the observer's clock. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

export const durationMs = ({ startMs, endMs }: Window): number => endMs - startMs;

export const within = (tMs: number, { startMs, endMs }: Window): boolean => tMs >= startMs && tMs < endMs;
