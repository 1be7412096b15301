import type { CongestionControl } from "./congestion-control.js";

/** Multiplicative decrease, as kernel cubic has it: 717/1024, about 0.7 (net/ipv4/tcp_cubic.c). */
const BETA = 717;
const BETA_SCALE = 1024;
/** CUBIC's C = 0.4 as the kernel scales it: 410/1024, in windows per cubed second. */
const CUBE_RTT_SCALE = 410;
/** Time runs in 1/1024 s (BICTCP_HZ = 10). */
const NS_PER_UNIT = 1e9 / 1024;
const TWO_TO_40 = 0x100_0000_0000;
const CUBE_FACTOR = Math.floor(TWO_TO_40 / CUBE_RTT_SCALE);
/** Friendliness to standard TCP: 8 (1024 + beta) / 3 / (1024 - beta). */
const RENO_SCALE = Math.floor((8 * (BETA_SCALE + BETA)) / 3 / (BETA_SCALE - BETA));

/**
 * Greatest integer whose cube is not above `value` (0 ≤ value < 2^53). Newton's method over exact integer
 * arithmetic: Math.cbrt may differ in its last bit between engines, and a simulated run must not.
 */
export function integerCubeRoot(value: number): number {
  if (value < 1) return 0;
  let root = 1;
  while (root * root * root < value) root *= 2;
  for (;;) {
    const next = Math.floor((2 * root + Math.floor(value / (root * root))) / 3);
    if (next >= root) break;
    root = next;
  }
  while (root * root * root > value) root--;
  return root;
}

/**
 * CUBIC (RFC 9438) with HyStart, in the integer arithmetic of net/ipv4/tcp_cubic.c:
 * W(t) = C (t - K)^3 + W_max, K = cube root of (W_max - W) / C.
 */
export class Cubic implements CongestionControl {
  /** Time from the start of the epoch to W_max, units of 1/1024 s (bic_K). */
  k = 0;
  private lastMaxCwnd = 0;
  private originPoint = 0;
  private epochStartNs = -1;
  private renoCwnd = 0;
  private renoAcked = 0;
  private lastCwnd = 0;
  private lastTimeNs = 0;
  private every = 1;
  private readonly hystart = new HyStart();

  ssthreshAfterLoss(cwnd: number): number {
    this.epochStartNs = -1;
    // Fast convergence: release bandwidth to new flows when this peak is below the last one.
    this.lastMaxCwnd =
      cwnd < this.lastMaxCwnd ? Math.floor((cwnd * (BETA_SCALE + BETA)) / (2 * BETA_SCALE)) : cwnd;
    return Math.max(Math.floor((cwnd * BETA) / BETA_SCALE), 2);
  }

  increaseEvery(cwnd: number, acked: number, nowNs: number): number {
    this.renoAcked += acked;
    // The kernel recomputes at most 32 times a second for one value of the window.
    if (this.lastCwnd === cwnd && nowNs - this.lastTimeNs <= 31_250_000) return this.every;
    this.lastCwnd = cwnd;
    this.lastTimeNs = nowNs;
    if (this.epochStartNs < 0) this.beginEpoch(cwnd, acked, nowNs);

    const t = Math.floor((nowNs + this.hystart.minRttNs() - this.epochStartNs) / NS_PER_UNIT);
    const offset = Math.abs(t - this.k);
    const delta = Math.floor((CUBE_RTT_SCALE * offset * offset * offset) / TWO_TO_40);
    const target = t < this.k ? this.originPoint - delta : this.originPoint + delta;
    let every = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
    // Before the first loss the window grows by at least 5 % each RTT.
    if (this.lastMaxCwnd === 0 && every > 20) every = 20;

    const perIncrease = (cwnd * RENO_SCALE) >> 3;
    while (this.renoAcked > perIncrease) {
      this.renoAcked -= perIncrease;
      this.renoCwnd++;
    }
    if (this.renoCwnd > cwnd) every = Math.min(every, Math.floor(cwnd / (this.renoCwnd - cwnd)));
    this.every = Math.max(every, 2);
    return this.every;
  }

  onRttSample(rttNs: number): void {
    this.hystart.sample(rttNs);
  }

  slowStartEnds(cwnd: number, newRound: boolean, rttNs: number, nowNs: number): boolean {
    return this.hystart.ends(cwnd, newRound, rttNs, nowNs);
  }

  onTimeout(): void {
    this.lastMaxCwnd = 0;
    this.originPoint = 0;
    this.epochStartNs = -1;
    this.lastCwnd = 0;
    this.k = 0;
    this.renoCwnd = 0;
    this.renoAcked = 0;
    this.hystart.reset();
  }

  /** bictcp_cwnd_event, CA_EVENT_TX_START: shift the epoch by the time that nothing was sent. */
  onIdle(idleNs: number): void {
    if (this.epochStartNs >= 0) this.epochStartNs += idleNs;
  }

  private beginEpoch(cwnd: number, acked: number, nowNs: number): void {
    this.epochStartNs = nowNs;
    this.renoAcked = acked;
    this.renoCwnd = cwnd;
    if (this.lastMaxCwnd <= cwnd) {
      this.k = 0;
      this.originPoint = cwnd;
    } else {
      this.k = integerCubeRoot(CUBE_FACTOR * (this.lastMaxCwnd - cwnd));
      this.originPoint = this.lastMaxCwnd;
    }
  }
}

/** Window below which HyStart doesn't look (hystart_low_window), segments. */
const LOW_WINDOW = 16;
/** Samples of a round before its RTT is judged (HYSTART_MIN_SAMPLES). */
const MIN_SAMPLES = 8;
/** Spacing below which two ACKs belong to one train (hystart_ack_delta_us), ns. */
const ACK_TRAIN_SPACING_NS = 2e6;
const DELAY_MIN_NS = 4e6;
const DELAY_MAX_NS = 16e6;

/**
 * Hybrid slow start (Ha and Rhee 2011; RFC 9406 standardises its delay half): slow start ends when a train
 * of closely spaced ACKs has lasted half the smallest RTT, or when the RTT of a round has risen by an
 * eighth of it (4 to 16 ms).
 */
class HyStart {
  private smallestRttNs = 0;
  private roundStartNs = 0;
  private lastAckNs = 0;
  private roundRttNs = 0;
  private samples = 0;
  private found = false;

  minRttNs(): number {
    return this.smallestRttNs;
  }

  sample(rttNs: number): void {
    if (this.smallestRttNs === 0 || rttNs < this.smallestRttNs) this.smallestRttNs = rttNs;
  }

  ends(cwnd: number, newRound: boolean, rttNs: number, nowNs: number): boolean {
    if (newRound || this.roundStartNs === 0) {
      this.roundStartNs = nowNs;
      this.lastAckNs = nowNs;
      this.roundRttNs = 0;
      this.samples = 0;
    }
    if (this.found || cwnd < LOW_WINDOW || this.smallestRttNs === 0) return false;
    if (nowNs - this.lastAckNs <= ACK_TRAIN_SPACING_NS) {
      this.lastAckNs = nowNs;
      if (nowNs - this.roundStartNs > this.smallestRttNs / 2) this.found = true;
    }
    if (rttNs > 0) {
      if (this.roundRttNs === 0 || rttNs < this.roundRttNs) this.roundRttNs = rttNs;
      this.samples++;
      const threshold = Math.min(Math.max(this.smallestRttNs / 8, DELAY_MIN_NS), DELAY_MAX_NS);
      if (this.samples >= MIN_SAMPLES && this.roundRttNs > this.smallestRttNs + threshold) this.found = true;
    }
    return this.found;
  }

  reset(): void {
    this.found = false;
    this.roundStartNs = 0;
    this.smallestRttNs = 0;
  }
}
