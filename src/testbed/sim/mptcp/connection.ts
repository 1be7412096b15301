import type { Gate, Network, PathId } from "../link/network.js";
import type { CongestionControl } from "../tcp/congestion-control.js";
import { type ByteSink, type ReceiverOptions, TcpReceiver } from "../tcp/receiver.js";
import { type SegmentSource, type SenderOptions, TcpSender } from "../tcp/sender.js";
import { DataReassembly } from "./data-reassembly.js";

export interface ConnectionOptions {
  readonly sender: SenderOptions;
  readonly receiver: ReceiverOptions;
  readonly congestion: () => CongestionControl;
  /** Payload that the send buffer holds, bytes. */
  readonly sendBufferBytes: number;
  /** net.mptcp.stale_loss_cnt: timeouts in a row after which a subflow's data is sent again on another. */
  readonly staleLossCount: number;
}

/**
 * One MPTCP connection (RFC 8684) from the device to VM3 that carries iperf's data. The application
 * always has data; the send buffer and the data-level window bound what is outstanding.
 */
export class MptcpConnection implements ByteSink {
  /** Payload bytes that reached VM3, duplicates included: what dirties its memory. */
  receivedBytes = 0;
  reinjectedBytes = 0;
  readonly subflows: Subflow[] = [];

  private readonly reassembly = new DataReassembly();
  /** DATA_ACK: oldest byte that VM3 lacks. */
  private una = 0;
  private nxt = 0;
  /** Right edge of the data-level receive window (RFC 8684 section 3.3.1). */
  private edge = 0;
  private running = false;
  /** Ranges to send again, oldest first. */
  private readonly reinjectFrom: number[] = [];
  private readonly reinjectTo: number[] = [];

  constructor(
    private readonly network: Network,
    readonly options: ConnectionOptions,
  ) {
    this.edge = TcpReceiver.initialWindow(options.receiver);
  }

  get dataAck(): number {
    return this.reassembly.next;
  }

  /** Bytes that VM3 has acknowledged at the data level. */
  get acknowledgedBytes(): number {
    return this.una;
  }

  get retransmissions(): number {
    return this.subflows.reduce((sum, { sender }) => sum + sender.retransmissions, 0);
  }

  deliver(bytes: number, dataSequence: number): void {
    this.receivedBytes += bytes;
    this.reassembly.insert(dataSequence, bytes);
  }

  /** A subflow for the given pair of addresses; it carries nothing until `establish`. */
  addSubflow(name: string, gate: Gate): Subflow {
    const subflow = new Subflow(this, this.network, name, gate);
    this.subflows.push(subflow);
    return subflow;
  }

  establish(subflow: Subflow): void {
    this.running ||= this.subflows.length > 0;
    subflow.state = "established";
    for (const other of this.subflows) {
      if (other !== subflow && other.stale) this.reinject(other);
    }
    subflow.sender.transmit();
  }

  /** The subflow is gone (REMOVE_ADDR, interface down): what it had outstanding goes to the others. */
  close(subflow: Subflow): void {
    if (subflow.state === "closed") return;
    subflow.state = "closed";
    subflow.sender.stop();
    this.reinject(subflow);
    this.pushOthers(subflow);
  }

  /** iperf ends: nothing more is sent. */
  stop(): void {
    this.running = false;
    for (const subflow of this.subflows) subflow.sender.stop();
  }

  /**
   * A subflow's retransmission timer expired, and MPTCP's own with it, which follows it (mptcp_set_timeout).
   * What is outstanding goes to a subflow that has nothing outstanding (mptcp_subflow_get_retrans), and to any
   * other once this one is stale.
   */
  timedOut(subflow: Subflow, inARow: number): void {
    const others = this.subflows.filter(
      (other) => other !== subflow && other.state === "established" && !this.standsBy(other),
    );
    const becomesStale = inARow >= this.options.staleLossCount && !subflow.stale;
    if (becomesStale) subflow.stale = true;
    if (others.some(({ sender }) => sender.queue.packetsOut === 0) || (becomesStale && others.length > 0)) {
      this.reinject(subflow);
      this.pushOthers(subflow);
    }
  }

  /** A backup carries nothing while a regular subflow may (RFC 8684 section 3.3.8; mptcp_subflow_get_send). */
  standsBy(subflow: Subflow): boolean {
    return (
      subflow.backup &&
      this.subflows.some(({ state, backup, stale }) => state === "established" && !backup && !stale)
    );
  }

  windowLeft(): number {
    if (!this.running) return 0;
    if (this.reinjectFrom.length > 0) return Number.MAX_SAFE_INTEGER;
    const held = this.una + this.options.sendBufferBytes;
    return (held < this.edge ? held : this.edge) - this.nxt;
  }

  /** Hands a subflow what it may send next; reinjections go first. Returns bytes. */
  take(maxBytes: number, subflow: Subflow): number {
    while (this.reinjectFrom.length > 0) {
      const from = Math.max(this.reinjectFrom[0] ?? 0, this.una);
      const to = this.reinjectTo[0] ?? 0;
      if (from >= to) {
        this.reinjectFrom.shift();
        this.reinjectTo.shift();
        continue;
      }
      const bytes = Math.min(maxBytes, to - from);
      this.reinjectFrom[0] = from + bytes;
      this.reinjectedBytes += bytes;
      subflow.dataSequence = from;
      return bytes;
    }
    const left = this.windowLeft();
    const bytes = maxBytes < left ? maxBytes : left - (left % this.options.sender.mssBytes);
    if (bytes <= 0) return 0;
    subflow.dataSequence = this.nxt;
    this.nxt += bytes;
    return bytes;
  }

  dataAcknowledged(subflow: Subflow, dataAck: number, window: number): void {
    if (dataAck + window > this.edge) this.edge = dataAck + window;
    if (dataAck <= this.una) return;
    this.una = dataAck;
    this.pushOthers(subflow);
  }

  private pushOthers(subflow: Subflow): void {
    for (const other of this.subflows) {
      if (other !== subflow && other.state === "established" && !other.stale) other.sender.transmit();
    }
  }

  private reinject(subflow: Subflow): void {
    const { queue } = subflow.sender;
    for (let skb = queue.una; skb < queue.nxt; skb++) {
      const from = queue.dataSequenceOf(skb);
      const to = from + queue.bytesOf(skb);
      if (to <= this.una) continue;
      const last = this.reinjectTo.length - 1;
      if (last >= 0 && this.reinjectTo[last] === from) this.reinjectTo[last] = to;
      else {
        this.reinjectFrom.push(from);
        this.reinjectTo.push(to);
      }
    }
  }
}

/** A TCP subflow of the connection: its sender on the device, its receiver in VM3. */
export class Subflow implements SegmentSource {
  state: "joining" | "established" | "closed" = "joining";
  /** Timed out too often in a row; the scheduler passes it over (net/mptcp/pm_netlink.c, stale). */
  stale = false;
  /** Opened or prioritised as a backup (the B flag of MP_JOIN and MP_PRIO). */
  backup = false;
  dataSequence = 0;
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;

  constructor(
    private readonly connection: MptcpConnection,
    network: Network,
    /** `local address>remote address`. */
    readonly name: string,
    gate: Gate,
  ) {
    const { options } = connection;
    this.sender = new TcpSender(
      network,
      options.congestion(),
      this,
      options.sender,
      TcpReceiver.initialWindow(options.receiver),
    );
    this.receiver = new TcpReceiver(network, connection, options.receiver, gate);
  }

  setPaths(data: PathId, acknowledgements: PathId): void {
    this.sender.path = data;
    this.receiver.path = acknowledgements;
  }

  take(maxBytes: number): number {
    return this.connection.take(maxBytes, this);
  }

  acknowledged(): void {
    // The send buffer is freed by DATA_ACK, not by the subflow.
    this.stale = false;
  }

  windowLeft(): number {
    return this.state === "established" && !this.connection.standsBy(this) ? this.connection.windowLeft() : 0;
  }

  timedOut(inARow: number): void {
    this.connection.timedOut(this, inARow);
  }

  dataAcknowledged(dataAck: number, window: number): void {
    this.connection.dataAcknowledged(this, dataAck, window);
  }
}
