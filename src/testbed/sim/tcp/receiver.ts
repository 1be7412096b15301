import type { TimerHandler, TimerId } from "../engine/timer-queue.js";
import type { Gate, Network, PathId, Receiver } from "../link/network.js";
import type { PacketId } from "../link/packet-pool.js";

/** Who reads from the socket. Bytes come in order; MPTCP also wants their data sequence number. */
export interface ByteSink {
  deliver(bytes: number, dataSequence: number): void;
  /** DATA_ACK to put on acknowledgements (MPTCP), bytes. */
  readonly dataAck: number;
  /** Bytes taken that the reader can't have yet, for want of what another subflow has (MPTCP); they fill the receive buffer. */
  readonly outOfOrderBytes: number;
}

export interface ReceiverOptions {
  readonly mssBytes: number;
  /** Wire size of a bare acknowledgement, bytes. */
  readonly ackBytes: number;
  /** `tcp_rmem`: default and maximum of the receive buffer, bytes. */
  readonly rmemDefaultBytes: number;
  readonly rmemMaxBytes: number;
  /** SO_RCVBUF was set (iperf -w): this window, bytes, and no autotuning (SOCK_RCVBUF_LOCK). */
  readonly lockedWindowBytes?: number;
  /** Share of the receive buffer that is window before any data has come (TCP_DEFAULT_SCALING_RATIO: a half). */
  readonly windowShare: number;
  /** truesize of an skb over its payload: once data comes, its inverse is that share (tcp_measure_rcv_mss). */
  readonly overhead: number;
}

/** Longest wait of a delayed acknowledgement, TCP_DELACK_MIN, ns. */
const DELAYED_ACK_NS = 40e6;
/** Acknowledgements sent at once when a connection begins (TCP_MAX_QUICKACKS). */
const QUICK_ACKS = 16;

/**
 * The receiving half: cumulative acknowledgement, the first SACK block, delayed acknowledgements
 * (RFC 1122: at least every second segment), and receive-window autotuning (dynamic right-sizing,
 * tcp_rcv_space_adjust): the buffer follows twice what the application read in the last RTT.
 */
export class TcpReceiver implements Receiver, TimerHandler {
  /** Next skb expected in order. */
  next = 0;
  /** Payload bytes handed to the reader. */
  readBytes = 0;

  private readonly timer: TimerId;
  /** Length and data sequence number of what waits beyond `next`, by skb. */
  private readonly bytes: Int32Array;
  private readonly dataSequences: Float64Array;
  /** Blocks received beyond `next`, ascending and disjoint. */
  private blockFrom = new Int32Array(64);
  private blockTo = new Int32Array(64);
  private blocks = 0;

  private unackedSegments = 0;
  private quickAcks = QUICK_ACKS;
  private delackAtNs = 0;

  private bufferWindow: number;
  private rcvSsthresh: number;
  private edgeBytes: number;
  private rttNs = 0;
  private measureFromNs = 0;
  private readAtMeasure = 0;
  private copiedInRtt = 0;

  constructor(
    private readonly network: Network,
    private readonly sink: ByteSink,
    private readonly options: ReceiverOptions,
    /** Where the host that receives takes and sends packets. */
    private readonly gate?: Gate,
  ) {
    this.timer = network.timers.add(this);
    const mostSkbs = (4 * options.rmemMaxBytes) / options.mssBytes;
    let capacity = 4096;
    while (capacity < mostSkbs) capacity *= 2;
    this.bytes = new Int32Array(capacity);
    this.dataSequences = new Float64Array(capacity);
    this.bufferWindow = TcpReceiver.initialWindow(options);
    this.rcvSsthresh = this.bufferWindow;
    this.edgeBytes = this.bufferWindow;
  }

  /** Window offered in the handshake, bytes (tcp_select_initial_window). */
  static initialWindow(options: ReceiverOptions): number {
    if (options.lockedWindowBytes !== undefined) return options.lockedWindowBytes;
    return Math.max(
      10 * options.mssBytes,
      Math.floor(Math.min(options.rmemDefaultBytes, options.rmemMaxBytes) * options.windowShare),
    );
  }

  /** Path of the acknowledgements. */
  path: PathId = -1 as PathId;

  get advertisedWindow(): number {
    return this.edgeBytes - this.readBytes;
  }

  receive(packet: PacketId): void {
    const packets = this.network.packets;
    const now = this.network.timers.nowNs;
    const skb = packets.sequence[packet] ?? 0;
    const bytes = packets.payloadBytes[packet] ?? 0;
    const segments = packets.segments[packet] ?? 1;
    const echoed = packets.stamp[packet] ?? -1;
    const dataSequence = packets.dataSequence[packet] ?? 0;
    packets.giveBack(packet);

    if (echoed >= 0) this.sampleRtt(now - echoed);
    if (skb < this.next) {
      this.acknowledge(skb);
      return;
    }
    if (skb > this.next) {
      const mask = this.bytes.length - 1;
      this.bytes[skb & mask] = bytes;
      this.dataSequences[skb & mask] = dataSequence;
      this.insert(skb);
      this.acknowledge(skb);
      return;
    }
    const filledHole = this.blocks > 0;
    this.accept(bytes, dataSequence);
    if (filledHole) this.drainBlocks();
    this.adjustSpace(now);
    this.unackedSegments += segments;
    if (filledHole || this.unackedSegments >= 2 || this.quickAcks > 0) this.acknowledge(-1);
    else {
      this.delackAtNs = now + DELAYED_ACK_NS;
      if (!this.network.timers.isArmed(this.timer)) this.network.timers.arm(this.timer, this.delackAtNs);
    }
  }

  expire(): void {
    if (this.unackedSegments === 0) return;
    if (this.network.timers.nowNs < this.delackAtNs) this.network.timers.arm(this.timer, this.delackAtNs);
    else this.acknowledge(-1);
  }

  private accept(bytes: number, dataSequence: number): void {
    this.next++;
    this.readBytes += bytes;
    // tcp_grow_window: the window opens by two segments for each that came.
    if (this.rcvSsthresh < this.bufferWindow) this.rcvSsthresh += 2 * bytes;
    this.sink.deliver(bytes, dataSequence);
  }

  private drainBlocks(): void {
    if (this.blocks === 0 || (this.blockFrom[0] ?? 0) !== this.next) return;
    const mask = this.bytes.length - 1;
    const end = this.blockTo[0] ?? 0;
    while (this.next < end) {
      this.accept(this.bytes[this.next & mask] ?? 0, this.dataSequences[this.next & mask] ?? 0);
    }
    this.blockFrom.copyWithin(0, 1, this.blocks);
    this.blockTo.copyWithin(0, 1, this.blocks);
    this.blocks--;
  }

  private insert(skb: number): void {
    let at = this.blocks;
    while (at > 0 && (this.blockFrom[at - 1] ?? 0) > skb) at--;
    if (at > 0 && skb < (this.blockTo[at - 1] ?? 0)) return;
    const joinsBelow = at > 0 && (this.blockTo[at - 1] ?? 0) === skb;
    const joinsAbove = at < this.blocks && (this.blockFrom[at] ?? 0) === skb + 1;
    if (joinsBelow && joinsAbove) {
      this.blockTo[at - 1] = this.blockTo[at] ?? 0;
      this.blockFrom.copyWithin(at, at + 1, this.blocks);
      this.blockTo.copyWithin(at, at + 1, this.blocks);
      this.blocks--;
    } else if (joinsBelow) this.blockTo[at - 1] = skb + 1;
    else if (joinsAbove) this.blockFrom[at] = skb;
    else {
      if (this.blocks === this.blockFrom.length) this.growBlocks();
      this.blockFrom.copyWithin(at + 1, at, this.blocks);
      this.blockTo.copyWithin(at + 1, at, this.blocks);
      this.blockFrom[at] = skb;
      this.blockTo[at] = skb + 1;
      this.blocks++;
    }
  }

  private growBlocks(): void {
    const from = new Int32Array(this.blockFrom.length * 2);
    from.set(this.blockFrom);
    const to = new Int32Array(this.blockTo.length * 2);
    to.set(this.blockTo);
    this.blockFrom = from;
    this.blockTo = to;
  }

  /** Sends an acknowledgement; `latest` is the out-of-order skb that asks for it, or -1. */
  private acknowledge(latest: number): void {
    if (this.quickAcks > 0) this.quickAcks--;
    this.unackedSegments = 0;
    if (this.gate !== undefined && !this.gate.open) return;
    const packets = this.network.packets;
    const packet = packets.take();
    const window = this.bufferWindow < this.rcvSsthresh ? this.bufferWindow : this.rcvSsthresh;
    // The right edge of the window never moves back (RFC 9293).
    if (this.readBytes + window > this.edgeBytes) this.edgeBytes = this.readBytes + window;
    packets.wireBytes[packet] = this.options.ackBytes;
    packets.payloadBytes[packet] = 0;
    packets.segments[packet] = 0;
    packets.ack[packet] = this.next;
    const windowLeft = this.edgeBytes - this.readBytes - this.sink.outOfOrderBytes;
    packets.window[packet] = windowLeft > 0 ? windowLeft : 0;
    packets.stamp[packet] = this.network.timers.nowNs;
    packets.dataSequence[packet] = this.sink.dataAck;
    packets.sackTo[packet] = 0;
    if (latest > this.next) {
      for (let i = this.blocks - 1; i >= 0; i--) {
        if ((this.blockFrom[i] ?? 0) > latest) continue;
        packets.sackFrom[packet] = this.blockFrom[i] ?? 0;
        packets.sackTo[packet] = this.blockTo[i] ?? 0;
        packets.sackLatest[packet] = latest;
        break;
      }
    }
    this.network.send(packet, this.path);
  }

  /** tcp_rcv_rtt_measure_ts: the receiver's RTT is the smallest seen, let rise slowly. */
  private sampleRtt(rttNs: number): void {
    if (this.rttNs === 0 || rttNs < this.rttNs) this.rttNs = rttNs;
    else this.rttNs += (rttNs - this.rttNs) / 8;
  }

  /** tcp_rcv_space_adjust, once an RTT. */
  private adjustSpace(now: number): void {
    if (this.options.lockedWindowBytes !== undefined) return;
    if (this.rttNs === 0 || now - this.measureFromNs < this.rttNs) return;
    const copied = this.readBytes - this.readAtMeasure;
    this.measureFromNs = now;
    this.readAtMeasure = this.readBytes;
    if (copied <= this.copiedInRtt) return;
    const { mssBytes, rmemMaxBytes, overhead } = this.options;
    let window = 2 * copied + 16 * mssBytes;
    // Make room for slow start: twice the rate of growth between this RTT and the last.
    if (this.copiedInRtt > 0) window += (2 * window * (copied - this.copiedInRtt)) / this.copiedInRtt;
    this.copiedInRtt = copied;
    const most = Math.floor(rmemMaxBytes / overhead);
    this.bufferWindow = Math.max(this.bufferWindow, Math.min(Math.floor(window), most));
  }
}
