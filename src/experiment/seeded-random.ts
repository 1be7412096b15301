/** Numbers that look random and that the same seed gives again on every platform. */
export interface SeededRandom {
  /** A whole number from 0 up to, but not including, `below`. */
  integer(below: number): number;
}

/** Seeds are 32-bit: long enough never to meet twice by chance in a study, short enough to type. */
export const MAX_SEED = 0xffff_ffff;

/**
 * Mulberry32 (Tommy Ettinger, 2017): a 32-bit counter through a mixing function. Its quality is ample for
 * shuffling cells; it is not for cryptography.
 */
export function mulberry32(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { integer: (below) => Math.floor((next() / 0x1_0000_0000) * below) };
}

/** A new array in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const chosen = random.integer(last + 1);
    [result[last], result[chosen]] = [result[chosen] as T, result[last] as T];
  }
  return result;
}

/** A seed for one named part of a run, which does not change with what else is in the run (FNV-1a, 32 bits). */
export function derivedSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${seed}/${name}`, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
