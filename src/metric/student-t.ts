import { bisect, mean, sampleStandardDeviation } from "simple-statistics";

/**
 * P(|T| ≤ √ν·tan θ) of Student's t with ν degrees of freedom: the finite series for whole ν,
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function centralProbability(theta: number, degrees: number): number {
  const cosine = Math.cos(theta);
  const odd = degrees % 2 === 1;
  let term = odd ? cosine : 1;
  let series = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= ((k - 1) / k) * cosine ** 2;
    series += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * series) : Math.sin(theta) * series;
}

/** The t with P(|T| ≤ t) = confidence, for whole degrees of freedom ≥ 1. */
export function studentT(confidence: number, degrees: number): number {
  const theta = bisect(
    (angle: number) => centralProbability(angle, degrees) - confidence,
    0,
    Math.PI / 2,
    200,
    1e-14,
  );
  return Math.sqrt(degrees) * Math.tan(theta);
}

export const CONFIDENCE = 0.95;

/** Half-width of the 95 % confidence interval of the mean (Student t); undefined for fewer than two values. */
export function confidenceHalfWidth(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const standardError = sampleStandardDeviation([...values]) / Math.sqrt(values.length);
  return studentT(CONFIDENCE, values.length - 1) * standardError;
}

/**
 * That half-width as a share of the mean; null for fewer than two values, or about a mean of zero. Values that
 * are all the same have none: 0.
 */
export function relativeHalfWidth(values: readonly number[]): number | null {
  const halfWidth = confidenceHalfWidth(values);
  if (halfWidth === undefined) return null;
  const share = halfWidth === 0 ? 0 : halfWidth / Math.abs(mean([...values]));
  return Number.isFinite(share) ? share : null;
}

/** Mean with that half-width as its bound; undefined for fewer than two values, which have no known spread. */
export function meanEstimate(values: readonly number[]): { value: number; errorBound: number } | undefined {
  const errorBound = confidenceHalfWidth(values);
  return errorBound === undefined ? undefined : { value: mean([...values]), errorBound };
}
