const SACKED = 1;
const LOST = 2;
const RETRANSMITTED = 4;

/**
 * The sender's queue of skbs sent and not yet acknowledged, with the SACK scoreboard (RFC 6675) in
 * TCP_SKB_CB's flags. Skbs are numbered in the order of the stream; the counters are in segments and are
 * those of struct tcp_sock: packets_out, sacked_out, lost_out, retrans_out.
 */
export class RetransmitQueue {
  /** Oldest skb not acknowledged, and the next to be sent. */
  una = 0;
  nxt = 0;
  packetsOut = 0;
  sackedOut = 0;
  lostOut = 0;
  retransOut = 0;
  /** Payload bytes sent and not acknowledged. */
  bytesOut = 0;
  /** When the newest of the skbs known to be delivered was sent, ns (tcp_rack's mstamp). */
  newestDeliveredSentNs = -1;

  private bytes = new Int32Array(4096);
  private segmentCount = new Int32Array(4096);
  private flags = new Uint8Array(4096);
  private sentNs = new Float64Array(4096);
  private dataSequences = new Float64Array(4096);
  private smallestRttNs = Infinity;
  private highestSacked = -1;
  private lossCursor = 0;
  private retransmitCursor = 0;
  /** Retransmitted skbs in the order of their retransmission; a retransmission lost again is found by time. */
  private retransmitted = new Int32Array(4096);
  private retransmittedHead = 0;
  private retransmittedTail = 0;

  /** Results of the latest `acknowledge`: segments newly delivered, and the RTT of the newest skb sent once. */
  newlyDelivered = 0;
  newlyAckedSegments = 0;
  newlyAckedBytes = 0;
  rttNs = 0;
  /** Segments that `markLost` has marked since it was last set to 0, retransmissions lost again included. */
  newlyLost = 0;

  /** Segments believed to be in the network (tcp_packets_in_flight, RFC 6675 pipe). */
  get inFlight(): number {
    return this.packetsOut - this.sackedOut - this.lostOut + this.retransOut;
  }

  push(bytes: number, segments: number, dataSequence: number, nowNs: number): number {
    if (this.nxt - this.una === this.bytes.length) this.grow();
    const skb = this.nxt++;
    const slot = skb & (this.bytes.length - 1);
    this.bytes[slot] = bytes;
    this.segmentCount[slot] = segments;
    this.flags[slot] = 0;
    this.sentNs[slot] = nowNs;
    this.dataSequences[slot] = dataSequence;
    this.packetsOut += segments;
    this.bytesOut += bytes;
    return skb;
  }

  bytesOf(skb: number): number {
    return this.bytes[skb & (this.bytes.length - 1)] ?? 0;
  }

  segmentsOf(skb: number): number {
    return this.segmentCount[skb & (this.bytes.length - 1)] ?? 0;
  }

  dataSequenceOf(skb: number): number {
    return this.dataSequences[skb & (this.bytes.length - 1)] ?? 0;
  }

  /** Takes a cumulative acknowledgement and the first SACK block of it. */
  acknowledge(ack: number, sackFrom: number, sackTo: number, sackLatest: number, nowNs: number): void {
    this.newlyDelivered = 0;
    this.newlyAckedSegments = 0;
    this.newlyAckedBytes = 0;
    this.rttNs = 0;
    if (sackTo > ack && sackTo > this.una) this.markSacked(sackFrom, sackTo, sackLatest, nowNs);
    if (ack > this.una) this.advance(ack, nowNs);
  }

  /**
   * Marks skbs lost: those below the highest SACKed one by the duplicate threshold (three segments,
   * RFC 6675), and retransmissions overtaken by something that was sent after them (RFC 8985).
   */
  markLost(): void {
    const mask = this.bytes.length - 1;
    if (this.highestSacked >= this.una) {
      const distance = this.segmentsOf(this.highestSacked) >= 3 ? 1 : 3;
      const end = this.highestSacked - distance;
      if (this.lossCursor < this.una) this.lossCursor = this.una;
      for (; this.lossCursor <= end; this.lossCursor++) {
        const slot = this.lossCursor & mask;
        if (((this.flags[slot] ?? 0) & (SACKED | LOST)) === 0) this.setLost(slot, this.lossCursor);
      }
    }
    while (this.retransmittedHead !== this.retransmittedTail) {
      const skb = this.retransmitted[this.retransmittedHead & mask] ?? 0;
      const slot = skb & mask;
      const live = skb >= this.una && ((this.flags[slot] ?? 0) & (SACKED | RETRANSMITTED)) === RETRANSMITTED;
      if (live) {
        if ((this.sentNs[slot] ?? 0) >= this.newestDeliveredSentNs) break;
        this.flags[slot] = LOST;
        this.retransOut -= this.segmentCount[slot] ?? 0;
        this.newlyLost += this.segmentCount[slot] ?? 0;
        if (skb < this.retransmitCursor) this.retransmitCursor = skb;
      }
      this.retransmittedHead++;
    }
  }

  /** A retransmission timeout: everything not SACKed is lost (tcp_enter_loss). */
  markAllLost(): void {
    const mask = this.bytes.length - 1;
    for (let skb = this.una; skb < this.nxt; skb++) {
      const slot = skb & mask;
      const flags = this.flags[slot] ?? 0;
      if ((flags & RETRANSMITTED) !== 0) this.retransOut -= this.segmentCount[slot] ?? 0;
      if ((flags & SACKED) !== 0) continue;
      if ((flags & LOST) === 0) this.lostOut += this.segmentCount[slot] ?? 0;
      this.flags[slot] = LOST;
    }
    this.retransmitCursor = this.una;
    this.lossCursor = this.nxt;
    this.retransmittedHead = this.retransmittedTail;
  }

  /** The next skb that is lost and not yet sent again, or -1. */
  nextLost(): number {
    if (this.lostOut === 0) return -1;
    const mask = this.bytes.length - 1;
    if (this.retransmitCursor < this.una) this.retransmitCursor = this.una;
    for (; this.retransmitCursor < this.nxt; this.retransmitCursor++) {
      if (((this.flags[this.retransmitCursor & mask] ?? 0) & (LOST | RETRANSMITTED)) === LOST) {
        return this.retransmitCursor;
      }
    }
    return -1;
  }

  retransmit(skb: number, nowNs: number): void {
    const mask = this.bytes.length - 1;
    const slot = skb & mask;
    this.flags[slot] = (this.flags[slot] ?? 0) | RETRANSMITTED;
    this.sentNs[slot] = nowNs;
    this.retransOut += this.segmentCount[slot] ?? 0;
    this.retransmitted[this.retransmittedTail++ & mask] = skb;
    if (this.retransmittedTail - this.retransmittedHead > mask) this.retransmittedHead++;
  }

  private setLost(slot: number, skb: number): void {
    this.flags[slot] = (this.flags[slot] ?? 0) | LOST;
    this.lostOut += this.segmentCount[slot] ?? 0;
    this.newlyLost += this.segmentCount[slot] ?? 0;
    if (skb < this.retransmitCursor) this.retransmitCursor = skb;
  }

  private markSacked(from: number, to: number, latest: number, nowNs: number): void {
    const first = from < this.una ? this.una : from;
    // The block grows from the segment that came last; what lies beyond an skb already marked is marked too.
    for (let skb = latest; skb >= first && this.sackOne(skb, nowNs); skb--);
    for (let skb = latest + 1; skb < to && this.sackOne(skb, nowNs); skb++);
    if (to - 1 > this.highestSacked) this.highestSacked = to - 1;
  }

  private sackOne(skb: number, nowNs: number): boolean {
    if (skb < this.una || skb >= this.nxt) return false;
    const slot = skb & (this.bytes.length - 1);
    const flags = this.flags[slot] ?? 0;
    if ((flags & SACKED) !== 0) return false;
    const segments = this.segmentCount[slot] ?? 0;
    this.noteDelivered(slot, flags, nowNs);
    if ((flags & LOST) !== 0) this.lostOut -= segments;
    if ((flags & RETRANSMITTED) !== 0) this.retransOut -= segments;
    this.flags[slot] = SACKED;
    this.sackedOut += segments;
    this.newlyDelivered += segments;
    return true;
  }

  private advance(ack: number, nowNs: number): void {
    const mask = this.bytes.length - 1;
    const end = ack < this.nxt ? ack : this.nxt;
    for (let skb = this.una; skb < end; skb++) {
      const slot = skb & mask;
      const flags = this.flags[slot] ?? 0;
      const segments = this.segmentCount[slot] ?? 0;
      const bytes = this.bytes[slot] ?? 0;
      this.packetsOut -= segments;
      this.bytesOut -= bytes;
      this.newlyAckedSegments += segments;
      this.newlyAckedBytes += bytes;
      if ((flags & SACKED) !== 0) this.sackedOut -= segments;
      else {
        this.noteDelivered(slot, flags, nowNs);
        this.newlyDelivered += segments;
        if ((flags & LOST) !== 0) this.lostOut -= segments;
        if ((flags & RETRANSMITTED) !== 0) this.retransOut -= segments;
      }
    }
    this.una = end;
  }

  /**
   * RTT samples and RACK's clock. Karn's rule: an skb sent twice gives no RTT sample. It moves RACK's clock
   * unless it was acknowledged sooner than any RTT yet, as then the first copy was (tcp_rack_advance).
   */
  private noteDelivered(slot: number, flags: number, nowNs: number): void {
    const sent = this.sentNs[slot] ?? 0;
    const rttNs = nowNs - sent;
    if ((flags & RETRANSMITTED) !== 0) {
      if (rttNs < this.smallestRttNs) return;
    } else if ((flags & LOST) === 0) {
      this.rttNs = rttNs;
      if (rttNs < this.smallestRttNs) this.smallestRttNs = rttNs;
    }
    if (sent > this.newestDeliveredSentNs) this.newestDeliveredSentNs = sent;
  }

  private grow(): void {
    const old = this.bytes.length;
    const [bytes, segmentCount, flags, sentNs, dataSequences, retransmitted] = [
      this.bytes,
      this.segmentCount,
      this.flags,
      this.sentNs,
      this.dataSequences,
      this.retransmitted,
    ];
    this.bytes = new Int32Array(old * 2);
    this.segmentCount = new Int32Array(old * 2);
    this.flags = new Uint8Array(old * 2);
    this.sentNs = new Float64Array(old * 2);
    this.dataSequences = new Float64Array(old * 2);
    this.retransmitted = new Int32Array(old * 2);
    for (let skb = this.una; skb < this.nxt; skb++) {
      const from = skb & (old - 1);
      const to = skb & (old * 2 - 1);
      this.bytes[to] = bytes[from] ?? 0;
      this.segmentCount[to] = segmentCount[from] ?? 0;
      this.flags[to] = flags[from] ?? 0;
      this.sentNs[to] = sentNs[from] ?? 0;
      this.dataSequences[to] = dataSequences[from] ?? 0;
    }
    for (let i = this.retransmittedHead; i < this.retransmittedTail; i++) {
      this.retransmitted[i & (old * 2 - 1)] = retransmitted[i & (old - 1)] ?? 0;
    }
  }
}
