/** What Linux's TCP takes to give up, whatever the flow's own timeout is: net.ipv4.tcp_retries2 = 15 (tcp_model_timeout), ns. */
const RETRIES_NS = 924.6e9;
/** TCP_RTO_MAX (include/net/tcp.h), ns. */
const RTO_MAX_NS = 120e9;
/** net.mptcp.close_timeout, ns. */
const CLOSE_TIMEOUT_NS = 60e9;

/**
 * How long a connection lasts after its only network has gone, with data unacknowledged: TCP gives the subflow up at the
 * first expiry of its timer that comes late enough after its first retransmission, and MPTCP keeps a connection without
 * subflows for close_timeout.
 *
 * @param rtoNs retransmission timeout of the subflow when its network went.
 * @returns ns.
 * @see net/ipv4/tcp_timer.c (retransmits_timed_out), net/mptcp/protocol.c (__mptcp_close_ssk)
 */
export function lastsNs(rtoNs: number): number {
  let expiresNs = rtoNs;
  for (let timeoutNs = rtoNs; expiresNs - rtoNs < RETRIES_NS; expiresNs += timeoutNs) {
    timeoutNs = Math.min(2 * timeoutNs, RTO_MAX_NS);
  }
  return expiresNs + CLOSE_TIMEOUT_NS;
}
