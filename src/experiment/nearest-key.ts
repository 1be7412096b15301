/**
 * The known key that a misspelt one most likely stands for, or undefined when none is near: at most a
 * third of its letters wrong, or its beginning (`bandwidth` for `bandwidthMbit`).
 */
export function nearestKey(written: string, known: readonly string[]): string | undefined {
  const candidates = known
    .map((key) => ({ key, distance: distanceOf(written.toLowerCase(), key.toLowerCase()) }))
    .filter(({ key, distance }) => distance <= Math.max(1, Math.floor(key.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return candidates[0]?.key;
}

function distanceOf(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  // A unit left out or added is the commonest slip here, and no misspelling.
  if (short.length >= 3 && long.startsWith(short)) return 1;
  return editDistance(short, long);
}

/**
 * Edits that turn one into the other, where two neighbours swapped count as one (optimal string alignment
 * distance). Three rows of the table are enough.
 */
function editDistance(a: string, b: string): number {
  // Nothing this long is a misspelling of a key; the table would cost more than the answer is worth.
  if (b.length > 64) return b.length;
  const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? at(beforeLast, j - 2) + 1 : Infinity;
      row.push(Math.min(substitution, swap, at(last, j) + 1, at(row, j - 1) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}
