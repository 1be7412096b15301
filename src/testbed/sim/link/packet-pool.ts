export type PacketId = number;

/**
 * Packets in flight, as columns of typed arrays; a packet is its row. A row is taken when a host sends
 * and given back when the packet is consumed or dropped, so a run allocates nothing once it is warm, and
 * `taken - givenBack` is exactly what is in the network (checked by the conservation test).
 *
 * A row is an skb: with segmentation offload it stands for up to 64 KiB and counts as one packet
 * against netem's limit.
 */
export class PacketPool {
  /** Bytes that tbf counts: with headers, Ethernet's included (qdisc_pkt_len). */
  wireBytes = new Int32Array(1024);
  /** Path and how many of its links are behind. */
  path = new Int32Array(1024);
  hop = new Int32Array(1024);
  /** TCP: number of the skb in its stream; echo: sequence. */
  sequence = new Int32Array(1024);
  /** TCP payload, bytes, and the number of segments that it makes on the wire. */
  payloadBytes = new Int32Array(1024);
  segments = new Int32Array(1024);
  /** Cumulative acknowledgement: number of the next skb expected. */
  ack = new Int32Array(1024);
  /** First SACK block (RFC 2018: the one with the segment that came last): from, past its end, and that segment. */
  sackFrom = new Int32Array(1024);
  sackTo = new Int32Array(1024);
  sackLatest = new Int32Array(1024);
  /** Advertised receive window, bytes. */
  window = new Float64Array(1024);
  /** Timestamp of the sender, ns (RFC 7323; for echo packets, when the request left). */
  stamp = new Float64Array(1024);
  /** MPTCP data sequence number (DSS mapping) or DATA_ACK, bytes (RFC 8684 section 3.3). */
  dataSequence = new Float64Array(1024);

  taken = 0;
  givenBack = 0;

  private free = new Int32Array(1024);
  private freeCount = 0;
  private rows = 0;

  take(): PacketId {
    this.taken++;
    if (this.freeCount > 0) {
      const row = this.free[--this.freeCount] ?? 0;
      this.hop[row] = 0;
      return row;
    }
    if (this.rows === this.wireBytes.length) this.grow();
    return this.rows++;
  }

  giveBack(packet: PacketId): void {
    this.givenBack++;
    this.free[this.freeCount++] = packet;
  }

  get inNetwork(): number {
    return this.taken - this.givenBack;
  }

  private grow(): void {
    const capacity = this.wireBytes.length * 2;
    const int32 = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(capacity);
      grown.set(old);
      return grown;
    };
    const float64 = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(capacity);
      grown.set(old);
      return grown;
    };
    this.wireBytes = int32(this.wireBytes);
    this.path = int32(this.path);
    this.hop = int32(this.hop);
    this.sequence = int32(this.sequence);
    this.payloadBytes = int32(this.payloadBytes);
    this.segments = int32(this.segments);
    this.ack = int32(this.ack);
    this.sackFrom = int32(this.sackFrom);
    this.sackTo = int32(this.sackTo);
    this.sackLatest = int32(this.sackLatest);
    this.free = int32(this.free);
    this.window = float64(this.window);
    this.stamp = float64(this.stamp);
    this.dataSequence = float64(this.dataSequence);
  }
}
