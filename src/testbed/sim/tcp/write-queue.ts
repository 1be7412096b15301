import type { SegmentSource } from "./sender.js";

/**
 * A socket's send buffer, in bytes. `tcp_wmem` bounds what the socket holds, counted as the kernel counts
 * it: payload times the overhead of its skbs (truesize). The buffer follows twice the congestion window
 * (tcp_sndbuf_expand).
 */
export class WriteQueue implements SegmentSource {
  readonly dataSequence = 0;
  /** Bytes written by the application over the socket's life. */
  written = 0;
  /** Written, not yet acknowledged (sk_wmem_queued without overhead). */
  private held = 0;
  private unsent = 0;
  private limitBytes: number;

  constructor(
    private readonly options: {
      readonly wmemDefaultBytes: number;
      readonly wmemMaxBytes: number;
      /** truesize of an skb over its payload. */
      readonly overhead: number;
      readonly mssBytes: number;
    },
    private readonly onWritable: () => void,
  ) {
    this.limitBytes = options.wmemDefaultBytes / options.overhead;
  }

  /** write(2) on a non-blocking socket: how much of it is taken. */
  write(bytes: number): number {
    const room = this.limitBytes - this.held;
    if (room <= 0) return 0;
    // A segment is taken whole once there is room for any of it (sk_stream_memory_free).
    const taken = Math.min(bytes, Math.ceil(room / this.options.mssBytes) * this.options.mssBytes);
    this.held += taken;
    this.unsent += taken;
    this.written += taken;
    return taken;
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
    const bytes = this.unsent < maxBytes ? this.unsent : maxBytes;
    this.unsent -= bytes;
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
