import type { TimerHandler, TimerId } from "../engine/timer-queue.js";
import type { Network, PathId, Receiver } from "../link/network.js";
import type { PacketId } from "../link/packet-pool.js";
import type { CongestionControl } from "./congestion-control.js";
import { RetransmitQueue } from "./retransmit-queue.js";
import { RttEstimator } from "./rtt-estimator.js";

/** What a sender sends: a socket's write queue, or the data that MPTCP schedules on a subflow. */
export interface SegmentSource {
  /** Hands over up to `maxBytes`, a whole number of segments if more than one; 0 when there is nothing. */
  take(maxBytes: number): number;
  /** Data sequence number of what `take` last handed over (MPTCP), bytes. */
  readonly dataSequence: number;
  /** Bytes acknowledged by the peer, which leave the send buffer; the window sizes that buffer. */
  acknowledged(bytes: number, cwnd: number): void;
  /** Where the receive window ends relative to what was sent: bytes that may still go out. */
  windowLeft(window: number, bytesOut: number): number;
  /** The retransmission timer expired for the nth time in a row. */
  timedOut(inARow: number): void;
  /** An acknowledgement came: its DATA_ACK and the window that goes with it. */
  dataAcknowledged(dataAck: number, window: number): void;
}

export interface SenderOptions {
  /** Payload of one segment, bytes. */
  readonly mssBytes: number;
  /** Headers of one segment, Ethernet's included, bytes. */
  readonly headerBytes: number;
  /** Initial window, segments (RFC 6928). */
  readonly initialWindow: number;
  /** Segments of one skb at most: 1 without segmentation offload, 44 (64 KiB) with. */
  readonly gsoSegments: number;
}

const NOT_PACED_BYTES_PER_S = 0xffff_ffff;

type State = "open" | "recovery" | "loss";

/**
 * The sending half of a TCP connection as Linux has it: slow start with the congestion control's exit,
 * congestion avoidance, SACK-based recovery with proportional rate reduction (RFC 6675, RFC 6937), and
 * the retransmission timeout (RFC 6298). `receive` takes the acknowledgements.
 */
export class TcpSender implements Receiver, TimerHandler {
  /** Congestion window and slow-start threshold, segments. */
  cwnd: number;
  ssthresh = 0x7fffffff;
  retransmissions = 0;
  timeouts = 0;
  segmentsSent = 0;
  readonly queue = new RetransmitQueue();
  readonly rtt = new RttEstimator();
  state: State = "open";

  private readonly timer: TimerId;
  private timeoutAtNs = 0;
  private cwndCount = 0;
  private window: number;
  /** Recovery ends when everything sent before this skb is acknowledged (high_seq). */
  private recoverUpTo = 0;
  private priorCwnd = 0;
  private prrDelivered = 0;
  private prrOut = 0;
  private roundEnd = 0;
  private cwndLimited = false;
  private maxPacketsOut = 0;
  private usageUpTo = 0;
  private lastSentNs = 0;
  private stopped = false;
  /** The receiver's timestamp to echo, for its own RTT estimate (RFC 7323). */
  private peerStamp = -1;

  constructor(
    private readonly network: Network,
    private readonly congestion: CongestionControl,
    private readonly source: SegmentSource,
    private readonly options: SenderOptions,
    initialWindowBytes: number,
  ) {
    this.timer = network.timers.add(this);
    this.cwnd = options.initialWindow;
    this.window = initialWindowBytes;
  }

  /** Set once the path to the receiver exists. */
  path: PathId = -1 as PathId;

  /** The interface is gone or the subflow is closed: nothing more is sent. */
  stop(): void {
    this.stopped = true;
    this.network.timers.cancel(this.timer);
  }

  receive(packet: PacketId): void {
    const packets = this.network.packets;
    const now = this.network.timers.nowNs;
    const queue = this.queue;
    const ack = packets.ack[packet] ?? 0;
    this.window = packets.window[packet] ?? 0;
    this.peerStamp = packets.stamp[packet] ?? -1;
    const dataAck = packets.dataSequence[packet] ?? 0;
    const una = queue.una;
    const wasLimited = this.cwndLimited;
    queue.acknowledge(
      ack,
      packets.sackFrom[packet] ?? 0,
      packets.sackTo[packet] ?? 0,
      packets.sackLatest[packet] ?? 0,
      now,
    );
    packets.giveBack(packet);
    if (this.stopped) return;

    if (queue.rttNs > 0) {
      this.rtt.sample(queue.rttNs);
      this.congestion.onRttSample(queue.rttNs);
    }
    if (queue.una > una) {
      this.rtt.restore();
      this.timeoutAtNs = now + this.rtt.timeoutNs;
      this.source.acknowledged(queue.newlyAckedBytes, this.cwnd);
    }
    this.source.dataAcknowledged(dataAck, this.window);
    queue.newlyLost = 0;
    if (queue.sackedOut > 0 || this.state !== "open") queue.markLost();
    this.step(now, wasLimited);
    this.transmit();
  }

  /** The retransmission timer: armed lazily, so that an acknowledgement costs no heap operation. */
  expire(): void {
    const now = this.network.timers.nowNs;
    if (this.stopped || this.queue.packetsOut === 0) return;
    if (now < this.timeoutAtNs) {
      this.network.timers.arm(this.timer, this.timeoutAtNs);
      return;
    }
    this.timeouts++;
    this.source.timedOut(this.rtt.timeouts + 1);
    if (this.state !== "loss") {
      this.ssthresh = this.congestion.ssthreshAfterLoss(this.cwnd);
      this.congestion.onTimeout();
    }
    this.state = "loss";
    this.cwnd = 1;
    this.cwndCount = 0;
    this.recoverUpTo = this.queue.nxt;
    this.queue.markAllLost();
    this.rtt.backOff();
    this.timeoutAtNs = now + this.rtt.timeoutNs;
    this.network.timers.arm(this.timer, this.timeoutAtNs);
    this.transmit();
  }

  /** Sends what the windows allow, so many skbs of new data at most (tcp_write_xmit, tcp_xmit_retransmit_queue). */
  transmit(mostSkbs = Infinity): void {
    if (this.stopped) return;
    const { queue, options } = this;
    const now = this.network.timers.nowNs;
    if (queue.packetsOut === 0) this.restartAfterIdle(now);
    let sent = 0;
    let left = mostSkbs;
    while (left > 0) {
      const room = this.cwnd - queue.inFlight;
      if (room <= 0) break;
      const lost = queue.nextLost();
      if (lost >= 0) {
        queue.retransmit(lost, now);
        this.retransmissions++;
        sent += queue.segmentsOf(lost);
        this.emit(lost);
        continue;
      }
      const windowLeft = this.source.windowLeft(this.window, queue.bytesOut);
      if (windowLeft < options.mssBytes) break;
      const segments = options.gsoSegments === 1 ? 1 : Math.min(this.gsoGoal(), room);
      const most = Math.min(segments * options.mssBytes, windowLeft - (windowLeft % options.mssBytes));
      const bytes = this.source.take(most);
      if (bytes === 0) break;
      const count = bytes <= options.mssBytes ? 1 : Math.ceil(bytes / options.mssBytes);
      sent += count;
      left--;
      this.emit(queue.push(bytes, count, this.source.dataSequence, now));
    }
    const limited = queue.inFlight >= this.cwnd;
    if (sent > 0 || limited) this.validateWindow(limited);
    if (sent === 0) return;
    this.prrOut += sent;
    this.segmentsSent += sent;
    this.lastSentNs = now;
    if (!this.network.timers.isArmed(this.timer)) {
      this.timeoutAtNs = now + this.rtt.timeoutNs;
      this.network.timers.arm(this.timer, this.timeoutAtNs);
    }
  }

  /** tcp_ack after the scoreboard: what state are we in, and what may the window do? */
  private step(now: number, wasLimited: boolean): void {
    const queue = this.queue;
    if (this.state !== "open" && queue.una >= this.recoverUpTo) {
      // tcp_end_cwnd_reduction: whatever the recovery came down to, it leaves the threshold.
      if (this.state === "recovery") this.cwnd = this.ssthresh;
      this.state = "open";
      this.cwndCount = 0;
    }
    if (this.state === "open" && queue.lostOut > 0) this.enterRecovery();
    if (this.state === "recovery") {
      this.reduce();
      return;
    }
    if (queue.newlyAckedSegments > 0) this.grow(queue.newlyAckedSegments, now, wasLimited);
  }

  private enterRecovery(): void {
    this.state = "recovery";
    this.recoverUpTo = this.queue.nxt;
    this.priorCwnd = this.cwnd;
    this.ssthresh = this.congestion.ssthreshAfterLoss(this.cwnd);
    this.prrDelivered = 0;
    this.prrOut = 0;
  }

  /** Proportional rate reduction with slow-start reduction bound (RFC 6937; tcp_cwnd_reduction). */
  private reduce(): void {
    const { queue } = this;
    const delivered = queue.newlyDelivered;
    if (delivered === 0) return;
    this.prrDelivered += delivered;
    const pipe = queue.inFlight;
    const delta = this.ssthresh - pipe;
    let send: number;
    if (delta < 0) {
      send =
        Math.floor((this.ssthresh * this.prrDelivered + this.priorCwnd - 1) / this.priorCwnd) - this.prrOut;
    } else {
      send = Math.max(this.prrDelivered - this.prrOut, delivered);
      // Slow start back to the threshold only while recovery makes progress; else packet conservation.
      if (queue.newlyAckedSegments > 0 && queue.newlyLost === 0) send++;
      send = Math.min(delta, send);
    }
    // The first retransmission of a recovery always goes out.
    if (this.prrOut === 0 && send < 1) send = 1;
    this.cwnd = Math.max(pipe + Math.max(send, 0), 1);
  }

  private grow(acked: number, now: number, wasLimited: boolean): void {
    const queue = this.queue;
    const newRound = queue.una > this.roundEnd;
    if (newRound) this.roundEnd = queue.nxt;
    if (this.cwnd < this.ssthresh) {
      if (this.state === "open" && this.congestion.slowStartEnds(this.cwnd, newRound, queue.rttNs, now)) {
        this.ssthresh = this.cwnd;
        return;
      }
      // A window that wasn't used doesn't grow (RFC 7661; tcp_is_cwnd_limited).
      if (!wasLimited && this.cwnd >= 2 * this.maxPacketsOut) return;
      this.cwnd = Math.min(this.cwnd + acked, this.ssthresh);
      return;
    }
    if (!wasLimited) return;
    const every = this.congestion.increaseEvery(this.cwnd, acked, now);
    this.cwndCount += acked;
    if (this.cwndCount >= every) {
      const more = Math.floor(this.cwndCount / every);
      this.cwndCount -= more * every;
      this.cwnd += more;
    }
  }

  /** sk_pacing_rate (tcp_update_pacing_rate); all that 32 bits hold until an RTT is known. Nothing is paced, but MPTCP asks. */
  get pacingBytesPerS(): number {
    return this.rtt.smoothedNs === 0
      ? NOT_PACED_BYTES_PER_S
      : (this.segmentsPerRtt() * this.options.mssBytes * 1e9) / this.rtt.smoothedNs;
  }

  /** Segments for one skb: what 1/1024 s of the pacing rate is (tcp_tso_autosize), 2 at least. */
  private gsoGoal(): number {
    if (this.rtt.smoothedNs === 0) return 2;
    const perMs = (this.segmentsPerRtt() * 1e9) / 1024 / this.rtt.smoothedNs;
    return Math.max(2, Math.min(Math.floor(perMs), this.options.gsoSegments));
  }

  /** At the pacing rate: twice the window in slow start, 1.2 times after it. */
  private segmentsPerRtt(): number {
    return (this.cwnd < this.ssthresh / 2 ? 2 : 1.2) * Math.max(this.cwnd, this.queue.packetsOut);
  }

  private emit(skb: number): void {
    const packets = this.network.packets;
    const packet = packets.take();
    const bytes = this.queue.bytesOf(skb);
    const segments = this.queue.segmentsOf(skb);
    packets.sequence[packet] = skb;
    packets.payloadBytes[packet] = bytes;
    packets.segments[packet] = segments;
    packets.wireBytes[packet] = bytes + segments * this.options.headerBytes;
    packets.stamp[packet] = this.peerStamp;
    packets.dataSequence[packet] = this.queue.dataSequenceOf(skb);
    this.network.send(packet, this.path);
  }

  /** tcp_slow_start_after_idle: the window halves for each timeout without sending, down to the initial one. */
  private restartAfterIdle(now: number): void {
    const idle = now - this.lastSentNs;
    if (this.lastSentNs === 0 || idle < 1e6) return;
    this.congestion.onIdle(idle);
    const timeout = this.rtt.timeoutNs;
    let left = idle - timeout;
    if (left <= 0) return;
    this.ssthresh = Math.max(this.ssthresh, (this.cwnd >> 1) + (this.cwnd >> 2));
    const restart = Math.min(this.options.initialWindow, this.cwnd);
    while (left > 0 && this.cwnd > restart) {
      this.cwnd >>= 1;
      left -= timeout;
    }
    this.cwnd = Math.max(this.cwnd, restart);
  }

  /**
   * tcp_cwnd_validate: whether the window was the limit at any time of the round, and if not, how much of it
   * was used at most.
   */
  private validateWindow(limited: boolean): void {
    const queue = this.queue;
    const roundEnded = queue.una >= this.usageUpTo;
    if (roundEnded || limited || (!this.cwndLimited && queue.packetsOut > this.maxPacketsOut)) {
      this.cwndLimited = limited;
      this.maxPacketsOut = queue.packetsOut;
      this.usageUpTo = queue.nxt;
    }
  }
}
