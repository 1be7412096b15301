import type { Estimate } from "./contract.js";

/**
 * Window in KiB that gives a rate over a RTT, equations 3.7 and 4.1 of the thesis solved for the window.
 * Bound: both relative errors in quadrature.
 */
export function windowKiB(rateMbit: Estimate, rttMs: Estimate): Estimate {
  const value = (((rateMbit.value * 1e6) / 8) * (rttMs.value / 1000)) / 1024;
  const relative = Math.hypot(rateMbit.errorBound / rateMbit.value, rttMs.errorBound / rttMs.value);
  return { value, errorBound: value === 0 ? 0 : value * relative };
}
