/** Bounds of the retransmission timeout in Linux: TCP_RTO_MIN and TCP_RTO_MAX (include/net/tcp.h). RFC 6298 asks for 1 s. */
const RTO_MIN_NS = 200e6;
const RTO_MAX_NS = 120e9;
const RTO_INITIAL_NS = 1e9;

/** RFC 6298: smoothed RTT, its variation, and the retransmission timeout with exponential backoff. All in ns. */
export class RttEstimator {
  smoothedNs = 0;
  private variationNs = 0;
  private backoff = 0;

  sample(rttNs: number): void {
    this.backoff = 0;
    if (this.smoothedNs === 0) {
      this.smoothedNs = rttNs;
      this.variationNs = rttNs / 2;
      return;
    }
    const error = rttNs - this.smoothedNs;
    this.variationNs += (Math.abs(error) - this.variationNs) / 4;
    this.smoothedNs += error / 8;
  }

  /** Linux keeps the variation term at 200 ms or more rather than the whole timeout (tcp_rtt_estimator). */
  get timeoutNs(): number {
    const base =
      this.smoothedNs === 0 ? RTO_INITIAL_NS : this.smoothedNs + Math.max(4 * this.variationNs, RTO_MIN_NS);
    return Math.min(base * (1 << this.backoff), RTO_MAX_NS);
  }

  /** Retransmission timeouts in a row (icsk_backoff). */
  get timeouts(): number {
    return this.backoff;
  }

  backOff(): void {
    if (this.backoff < 20) this.backoff++;
  }

  /** New data was acknowledged: the path is alive. */
  restore(): void {
    this.backoff = 0;
  }
}
