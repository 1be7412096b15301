/** Linux's bounds of the retransmission timeout, s, where nobody changed them (TCP_RTO_MIN and TCP_RTO_MAX, include/net/tcp.h). */
const RTO_MIN_S = 0.2;
export const RTO_MAX_S = 120;

/** As often it can double before it reaches its upper bound: ⌊log2(120 / 0.2)⌋. */
const DOUBLINGS = Math.floor(Math.log2(RTO_MAX_S / RTO_MIN_S));

/**
 * How long Linux repeats a segment that nobody acknowledges before it may give the (sub)flow up, in s: what so many
 * repetitions of a flow with the smallest timeout would take, whatever the flow's own timeout is. It gives up at the
 * first expiry of the timer after that, at most RTO_MAX_S later.
 *
 * @param retries net.ipv4.tcp_retries2; 15 by default, which is 924.6 s.
 * @see Documentation/networking/ip-sysctl.rst, tcp_retries2; tcp_model_timeout() in net/ipv4/tcp_timer.c
 */
export function retransmissionLimitS(retries: number): number {
  const doublings = Math.min(retries, DOUBLINGS);
  return (2 ** (doublings + 1) - 1) * RTO_MIN_S + (retries - doublings) * RTO_MAX_S;
}
