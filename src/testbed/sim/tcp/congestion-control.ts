/**
 * A congestion control module, as struct tcp_congestion_ops: it owns the congestion window outside
 * recovery. Windows are in segments, times in ns.
 */
export interface CongestionControl {
  /** Slow-start threshold after a congestion event with this window. */
  ssthreshAfterLoss(cwnd: number): number;
  /** How many segments of acknowledgement make the window one larger, in congestion avoidance. */
  increaseEvery(cwnd: number, acked: number, nowNs: number): number;
  /** One RTT sample, taken from a segment that was sent once. */
  onRttSample(rttNs: number): void;
  /** In slow start: true when the module sees the pipe full and slow start should end here (HyStart). */
  slowStartEnds(cwnd: number, newRound: boolean, rttNs: number, nowNs: number): boolean;
  /** A retransmission timeout: forget the past. */
  onTimeout(): void;
  /** The window validation found the sender idle for this long: CUBIC's epoch must not count it. */
  onIdle(idleNs: number): void;
}

/** TCP Reno as RFC 5681 and net/ipv4/tcp_cong.c have it. */
export class Reno implements CongestionControl {
  ssthreshAfterLoss(cwnd: number): number {
    return Math.max(cwnd >> 1, 2);
  }
  increaseEvery(cwnd: number): number {
    return cwnd;
  }
  onRttSample(): void {
    // Reno doesn't look at RTTs.
  }
  slowStartEnds(): boolean {
    return false;
  }
  onTimeout(): void {
    // Reno keeps nothing.
  }
  onIdle(): void {
    // Reno has no clock.
  }
}
