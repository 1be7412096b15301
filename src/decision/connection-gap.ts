/** The thesis's values (3.3.2): the least of [ChGr2012]'s 13 to 30 minutes, and a walker's mean speed [JoTh2004]. */
export const THESIS_TIMEOUT_S = 780;
export const WALKING_SPEED_M_PER_S = 1.2;

export interface Gap {
  /** How long a connection that hears nothing lasts, s: the thesis's RTO. */
  readonly timeoutS: number;
  /** RTT between the access points through the WAN, ms. */
  readonly rttMs: number;
  /** Time until the device has an address at the next network (DHCP), s. */
  readonly addressingS: number;
  readonly speedMPerS: number;
}

/**
 * Longest distance between two networks' edges that a device may walk without either and still find its connection alive, m:
 * thesis equation 3.5, d ≤ (RTO − RTT/2 − T_IP) · V. With RTT and T_IP neglected it is equation 3.6.
 *
 * @throws RangeError for a negative number.
 */
export function longestGapM({ timeoutS, rttMs, addressingS, speedMPerS }: Gap): number {
  if (Math.min(timeoutS, rttMs, addressingS, speedMPerS) < 0) {
    throw new RangeError("no time, RTT or speed can be negative");
  }
  return Math.max(0, timeoutS - rttMs / 2000 - addressingS) * speedMPerS;
}
