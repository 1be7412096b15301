import type { SegmentSource } from "./sender.js";

export interface WriteQueueOptions {
  readonly mssBytes: number;
  /** Segments that an skb is filled up with at most: size_goal. */
  readonly gsoSegments: number;
  /** `tcp_wmem`: default and maximum of the send buffer, bytes. */
  readonly wmemDefaultBytes: number;
  readonly wmemMaxBytes: number;
  /** truesize of an skb over its payload. */
  readonly overhead: number;
}

/**
 * A socket's send buffer, in bytes. `tcp_wmem` bounds what the socket holds, counted as the kernel counts
 * it: payload times the overhead of its skbs (truesize). The buffer follows twice the congestion window
 * (tcp_sndbuf_expand).
 *
 * The bound is asked after only where a write needs a new skb (tcp_sendmsg_locked, sk_stream_memory_free); an
 * unsent tail takes what it has room for. Where Nagle's algorithm and TSO autosizing keep leaving a tail, a
 * writer on an open path goes past the bound, until the congestion or the receive window stops the sender
 * and the tail fills up.
 */
export class WriteQueue implements SegmentSource {
  readonly dataSequence = 0;
  /** Bytes written by the application over the socket's life. */
  written = 0;
  /** Written, not yet acknowledged (sk_wmem_queued without overhead). */
  private held = 0;
  private unsent = 0;
  /** Of `unsent`, what lies in the last skb. */
  private tail = 0;
  /** End of the last segment sent that was not full (snd_sml), in bytes of the stream. */
  private smallUpTo = 0;
  /** No TCP_NODELAY: QEMU sets none on a migration's socket. */
  private nagle = true;
  private limitBytes: number;
  private readonly skbBytes: number;

  constructor(
    private readonly options: WriteQueueOptions,
    private readonly onWritable: () => void,
  ) {
    this.limitBytes = options.wmemDefaultBytes / options.overhead;
    this.skbBytes = options.gsoSegments * options.mssBytes;
  }

  /** What write(2) puts into one skb: into the tail, or into a new one if the buffer has room. Returns bytes taken. */
  append(bytes: number): number {
    if (this.tail === 0 || this.tail === this.skbBytes) {
      if (this.held >= this.limitBytes) return 0;
      this.tail = 0;
    }
    const room = this.skbBytes - this.tail;
    const taken = bytes < room ? bytes : room;
    this.tail += taken;
    this.held += taken;
    this.unsent += taken;
    this.written += taken;
    return taken;
  }

  /** Nothing more will be written: what is left goes out though it fills no segment (tcp_send_fin). */
  finish(): void {
    this.nagle = false;
  }

  /** Bytes in the socket, sent or not, that the peer hasn't acknowledged. */
  get heldBytes(): number {
    return this.held;
  }

  /** sk_stream_is_writeable: poll(2) reports room when a third of the buffer is free. */
  get writable(): boolean {
    return this.held <= (this.limitBytes * 2) / 3;
  }

  take(maxBytes: number): number {
    let bytes = this.unsent < maxBytes ? this.unsent : maxBytes;
    const partial = bytes % this.options.mssBytes;
    if (partial > 0) {
      const sent = this.written - this.unsent;
      const acknowledged = this.written - this.held;
      // Nagle's algorithm with Minshall's change: one segment that is not full may be outstanding (tcp_nagle_check).
      if (this.nagle && this.smallUpTo > acknowledged) bytes -= partial;
      else this.smallUpTo = sent + bytes;
    }
    this.unsent -= bytes;
    if (this.tail > this.unsent) this.tail = this.unsent;
    return bytes;
  }

  acknowledged(bytes: number, cwnd: number): void {
    this.held -= bytes;
    this.expand(cwnd);
    if (this.writable) this.onWritable();
  }

  /** tcp_sndbuf_expand: room for twice the window, within tcp_wmem's maximum. */
  private expand(cwnd: number): void {
    const { overhead, mssBytes, wmemMaxBytes, wmemDefaultBytes } = this.options;
    const wanted = Math.min(
      Math.max(2 * cwnd * mssBytes, wmemDefaultBytes / overhead),
      wmemMaxBytes / overhead,
    );
    if (wanted > this.limitBytes) this.limitBytes = wanted;
  }

  windowLeft(window: number, bytesOut: number): number {
    return window - bytesOut;
  }

  timedOut(): void {
    // The socket keeps trying.
  }

  dataAcknowledged(): void {
    // Plain TCP has no data-level acknowledgement.
  }
}
