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

/** Linux: TCP_RTO_MIN and TCP_RTO_MAX (include/net/tcp.h), s. */
const RTO_MIN_S = 0.2;
const RTO_MAX_S = 120;

/**
 * When Linux gives up a TCP connection, or an MPTCP subflow, with unacknowledged data, s after the first transmission: the
 * retransmission timer doubles from its first value up to TCP_RTO_MAX, and `retries` may pass
 * (tcp_model_timeout in net/ipv4/tcp_timer.c; net.ipv4.tcp_retries2, 15 by default).
 *
 * @param rtoS what the timer starts from; the kernel itself models with TCP_RTO_MIN.
 */
export function retransmissionTimeoutS(retries: number, rtoS = RTO_MIN_S): number {
  let seconds = 0;
  for (let attempt = 0; attempt <= retries; attempt++) seconds += Math.min(rtoS * 2 ** attempt, RTO_MAX_S);
  return seconds;
}
