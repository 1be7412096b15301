/** Mean and standard deviation of what is believed at one place. */
export interface Belief {
  readonly mean: number;
  readonly deviation: number;
}

export interface GaussianProcess {
  at(place: readonly number[]): Belief;
  /** What the others would have said of each observation: mean and deviation without it. */
  readonly fromOthers: readonly Belief[];
  /**
   * What the observations at other places would have said of each one: mean and deviation without it and its repetitions. Those
   * would foretell it better than anything is known of a place that was never measured.
   */
  fromOtherPlaces(): Belief[];
}

export interface Kernel {
  /** Distance along each coordinate over which values stay alike. */
  readonly lengths: readonly number[];
  /** Deviation of the values where nothing is known. */
  readonly priorDeviation: number;
  /** Deviation of one observation about the true value there. */
  readonly noiseDeviation: number;
}

/**
 * Regression by a Gaussian process with a squared-exponential kernel about the values' mean (Rasmussen and Williams, Gaussian
 * Processes for Machine Learning, 2006: algorithm 2.1; leaving out by equations 5.12, in blocks for several at once). Far
 * from all observations it says their mean, and the prior's deviation.
 */
export function gaussianProcess(
  places: readonly (readonly number[])[],
  values: readonly number[],
  kernel: Kernel,
): GaussianProcess {
  const { priorDeviation, noiseDeviation } = kernel;
  const center = values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = places.map((a, row) =>
    Float64Array.from(
      places,
      (b, column) => likeness(a, b, kernel) + (row === column ? noiseDeviation ** 2 : 0),
    ),
  );
  const lower = cholesky(covariance);
  const weights = solveUpper(
    lower,
    solveLower(
      lower,
      Float64Array.from(values, (value) => value - center),
    ),
  );

  return {
    at(place) {
      const cross = Float64Array.from(places, (other) => likeness(place, other, kernel));
      const explained = solveLower(lower, cross);
      const variance = priorDeviation ** 2 + noiseDeviation ** 2 - dot(explained, explained);
      return {
        mean: center + dot(cross, weights),
        deviation: Math.sqrt(Math.max(variance, noiseDeviation ** 2)),
      };
    },
    fromOthers: beliefsWithout(
      values.map((_, index) => [index]),
      values,
      lower,
      weights,
    ),
    fromOtherPlaces: () => beliefsWithout(repetitions(places), values, lower, weights),
  };
}

/** Of each observation, what is believed without any of its group. */
function beliefsWithout(
  groups: readonly (readonly number[])[],
  values: readonly number[],
  lower: readonly Float64Array[],
  weights: Float64Array,
): Belief[] {
  const beliefs: Belief[] = [];
  for (const members of groups) {
    const halves = members.map((index) => solveLower(lower, unit(values.length, index)));
    const precision = cholesky(halves.map((a) => Float64Array.from(halves, (b) => dot(a, b))));
    const weight = Float64Array.from(members, (index) => weights[index] ?? 0);
    const off = solveUpper(precision, solveLower(precision, weight));
    for (const [position, index] of members.entries()) {
      const root = solveLower(precision, unit(members.length, position));
      beliefs[index] = {
        mean: (values[index] ?? 0) - (off[position] ?? 0),
        deviation: Math.sqrt(dot(root, root)),
      };
    }
  }
  return beliefs;
}

/** Indices of the observations of each place. */
function repetitions(places: readonly (readonly number[])[]): number[][] {
  const byPlace = new Map<string, number[]>();
  for (const [index, place] of places.entries()) {
    const known = byPlace.get(String(place));
    if (known === undefined) byPlace.set(String(place), [index]);
    else known.push(index);
  }
  return [...byPlace.values()];
}

/** The process among these kernels that would best have foretold each observation from the others (ibid., 5.4.2). */
export function bestProcess(
  places: readonly (readonly number[])[],
  values: readonly number[],
  kernels: readonly Kernel[],
): GaussianProcess {
  const [first, ...others] = kernels.map((kernel) => gaussianProcess(places, values, kernel));
  if (first === undefined) throw new RangeError("at least one kernel");
  return others.reduce(
    (best, next) => (foresight(next, values) > foresight(best, values) ? next : best),
    first,
  );
}

/** Logarithm of the density that leave-one-out predictions give the values, less a constant. */
function foresight({ fromOthers: beliefs }: GaussianProcess, values: readonly number[]): number {
  return beliefs.reduce(
    (sum, { mean, deviation }, index) =>
      sum - Math.log(deviation) - (((values[index] ?? 0) - mean) / deviation) ** 2 / 2,
    0,
  );
}

function likeness(a: readonly number[], b: readonly number[], { lengths, priorDeviation }: Kernel): number {
  let squared = 0;
  for (let i = 0; i < lengths.length; i++) {
    squared += (((a[i] ?? 0) - (b[i] ?? 0)) / (lengths[i] ?? 1)) ** 2;
  }
  return priorDeviation ** 2 * Math.exp(-squared / 2);
}

/** Lower triangle L with L·Lᵀ = the matrix, which is symmetric and positive definite. */
function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const lower: Float64Array[] = [];
  for (const [row, given] of matrix.entries()) {
    const own = new Float64Array(matrix.length);
    lower.push(own);
    for (let column = 0; column <= row; column++) {
      const other = lower[column] ?? own;
      let sum = given[column] ?? 0;
      for (let k = 0; k < column; k++) sum -= (own[k] ?? 0) * (other[k] ?? 0);
      own[column] = row === column ? Math.sqrt(sum) : sum / (other[column] ?? 1);
    }
  }
  return lower;
}

function solveLower(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const solution = new Float64Array(right.length);
  for (const [row, own] of lower.entries()) {
    let sum = right[row] ?? 0;
    for (let k = 0; k < row; k++) sum -= (own[k] ?? 0) * (solution[k] ?? 0);
    solution[row] = sum / (own[row] ?? 1);
  }
  return solution;
}

/** With the transpose of the lower triangle. */
function solveUpper(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const solution = Float64Array.from(right);
  for (const [row, own] of [...lower.entries()].reverse()) {
    const value = (solution[row] ?? 0) / (own[row] ?? 1);
    solution[row] = value;
    for (let k = 0; k < row; k++) solution[k] = (solution[k] ?? 0) - (own[k] ?? 0) * value;
  }
  return solution;
}

function unit(length: number, index: number): Float64Array {
  const vector = new Float64Array(length);
  vector[index] = 1;
  return vector;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
