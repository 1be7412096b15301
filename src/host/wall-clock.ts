/**
 * The observer's two clocks. CLOCK_MONOTONIC orders everything; CLOCK_REALTIME is what the kernel, QEMU and
 * ping stamp with. One offset ties them together, as long as nobody steps the latter.
 */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Readings of the offset. A machine that is busy in between makes one smaller, never larger. */
const READINGS = 3;

/**
 * CLOCK_REALTIME less CLOCK_MONOTONIC, ms. `Date.now()` has whole milliseconds only: watching it tick gives
 * the offset within some 20 µs, for a few milliseconds of busy waiting.
 */
export function realtimeOffsetMs(): number {
  return Math.max(...Array.from({ length: READINGS }, readOffsetMs));
}

function readOffsetMs(): number {
  const start = Date.now();
  for (;;) {
    const realtime = Date.now();
    if (realtime !== start) return realtime - monotonicMs();
  }
}
