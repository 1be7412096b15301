import type { Gate, Network, PathId } from "../link/network.js";
import type { CongestionControl } from "../tcp/congestion-control.js";
import { type ByteSink, type ReceiverOptions, TcpReceiver } from "../tcp/receiver.js";
import { type SegmentSource, type SenderOptions, TcpSender } from "../tcp/sender.js";
import { DataRanges } from "./data-ranges.js";

export interface SubflowOptions {
  readonly sender: SenderOptions;
  readonly receiver: ReceiverOptions;
  readonly congestion: () => CongestionControl;
}

/** What a subflow asks of its connection, and tells it. */
export interface SubflowOwner extends ByteSink {
  /** Bytes that the subflow may send now. */
  sendable(subflow: Subflow): number;
  /** Hands over up to `maxBytes` and sets the subflow's `dataSequence` to where they begin. */
  take(maxBytes: number, subflow: Subflow): number;
  timedOut(subflow: Subflow, inARow: number): void;
  dataAcknowledged(subflow: Subflow, dataAck: number, window: number): void;
}

/** A TCP subflow of an MPTCP connection: its sender on the device, its receiver in VM3. */
export class Subflow implements SegmentSource {
  state: "joining" | "established" | "closed" = "joining";
  /** Timed out too often in a row; the scheduler passes it over (net/mptcp/pm_netlink.c, stale). */
  stale = false;
  /** Opened or prioritised as a backup (the B flag of MP_JOIN and MP_PRIO). */
  backup = false;
  dataSequence = 0;
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;
  /** What the scheduler has put on this subflow and TCP has not sent yet: its congestion window may lack the room. */
  readonly unsent = new DataRanges();
  /** avg_pacing_rate; 0 until it is first asked for. */
  private averagePaceBytesPerS = 0;

  constructor(
    private readonly owner: SubflowOwner,
    options: SubflowOptions,
    network: Network,
    /** `local address>remote address`. */
    readonly name: string,
    gate: Gate,
  ) {
    this.sender = new TcpSender(
      network,
      options.congestion(),
      this,
      options.sender,
      TcpReceiver.initialWindow(options.receiver),
    );
    this.receiver = new TcpReceiver(network, owner, options.receiver, gate);
  }

  setPaths(data: PathId, acknowledgements: PathId): void {
    this.sender.path = data;
    this.receiver.path = acknowledgements;
  }

  /** In TCP's queue, sent or not, and not acknowledged (sk_wmem_queued), payload bytes. */
  get queuedBytes(): number {
    return this.unsent.bytes + this.sender.queue.bytesOut;
  }

  /** How long what is queued would take to drain at the average pacing rate (mptcp_subflow_get_send). */
  lingerS(): number {
    if (this.averagePaceBytesPerS === 0) this.averagePaceBytesPerS = this.sender.pacingBytesPerS;
    return this.queuedBytes / this.averagePaceBytesPerS;
  }

  /** Puts new data on the subflow, which moves the average of its pacing rate by as much as it adds to the queue. */
  enqueue(from: number, to: number): void {
    const bytes = to - from;
    this.averagePaceBytesPerS =
      (this.averagePaceBytesPerS * this.queuedBytes + this.sender.pacingBytesPerS * bytes) /
      (this.queuedBytes + bytes);
    this.unsent.push(from, to);
  }

  take(maxBytes: number): number {
    return this.owner.take(maxBytes, this);
  }

  acknowledged(): void {
    // The send buffer is freed by DATA_ACK, not by the subflow.
    this.stale = false;
  }

  windowLeft(): number {
    return this.state === "established" ? this.owner.sendable(this) : 0;
  }

  timedOut(inARow: number): void {
    this.owner.timedOut(this, inARow);
  }

  dataAcknowledged(dataAck: number, window: number): void {
    this.owner.dataAcknowledged(this, dataAck, window);
  }
}
