/** Values of one lane on its height: `at` is 0 at the bottom and 1 at the top. */
export interface Scale {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

/** From zero to a little above the greatest value. */
export function linearScale(values: readonly number[]): Scale {
  const top = greatest(values, 1) * 1.04;
  return { ticks: roundTicks(0, top, 5), at: (value) => value / top };
}

/** Whole decades around every value above zero; what is not above zero stands at the bottom. */
export function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const least = positive.reduce((found, value) => Math.min(found, value), Infinity);
  const lowest = Number.isFinite(least) ? Math.floor(Math.log10(least)) : 0;
  const highest = Math.max(Math.ceil(Math.log10(greatest(positive, 1))), lowest + 1);
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, index) => 10 ** (lowest + index));
  return {
    ticks,
    at: (value) => (value > 0 ? (Math.log10(value) - lowest) / (highest - lowest) : 0),
  };
}

/** Round numbers between both ends, at most so many steps apart. */
export function roundTicks(from: number, to: number, most: number): number[] {
  const step = roundStep((to - from) / most);
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step) - first + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, index) => (first + index) * step);
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least > 0 ? least : 1));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power;
}

const greatest = (values: readonly number[], otherwise: number): number =>
  values.length === 0 ? otherwise : values.reduce((found, value) => Math.max(found, value), 0) || otherwise;
