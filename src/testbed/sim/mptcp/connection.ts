import type { Gate, Network } from "../link/network.js";
import { TcpReceiver } from "../tcp/receiver.js";
import { DataRanges } from "./data-ranges.js";
import { DataReassembly } from "./data-reassembly.js";
import { Subflow, type SubflowOptions, type SubflowOwner } from "./subflow.js";

export interface ConnectionOptions extends SubflowOptions {
  /** Payload that the send buffer holds, bytes: the connection's, and each subflow's. */
  readonly sendBufferBytes: number;
  /** net.mptcp.stale_loss_cnt: timeouts in a row after which a subflow's data is sent again on another. */
  readonly staleLossCount: number;
}

/** MPTCP_SEND_BURST_SIZE: 64 KiB less TCP's header and the most options, IPv6's header and its fragment header. */
const SEND_BURST_BYTES = 65_536 - 20 - 40 - 40 - 8;

/**
 * One MPTCP connection (RFC 8684) from the device to VM3 that carries iperf's data. The application
 * always has data; the send buffer and the data-level window bound what is outstanding. New data is put on
 * subflows as Linux's default scheduler does (net/mptcp/protocol.c).
 */
export class MptcpConnection implements SubflowOwner {
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
  /** To be sent again, on whatever subflow has room. */
  private readonly reinjections = new DataRanges();

  constructor(
    private readonly network: Network,
    readonly options: ConnectionOptions,
  ) {
    this.edge = TcpReceiver.initialWindow(options.receiver);
  }

  get dataAck(): number {
    return this.reassembly.next;
  }

  get outOfOrderBytes(): number {
    return this.reassembly.waitingBytes;
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
    const subflow = new Subflow(this, this.options, this.network, name, gate);
    this.subflows.push(subflow);
    return subflow;
  }

  establish(subflow: Subflow): void {
    this.running ||= this.subflows.length > 0;
    subflow.state = "established";
    for (const other of this.subflows) {
      if (other !== subflow && other.stale) this.reinject(other);
    }
    this.push();
  }

  /** Makes a subflow a backup or a regular one (MP_PRIO). */
  prioritise(subflow: Subflow, backup: boolean): void {
    subflow.backup = backup;
    this.push();
  }

  /** The subflow is gone (REMOVE_ADDR, interface down): what it had outstanding goes to the others. */
  close(subflow: Subflow): void {
    if (subflow.state === "closed") return;
    subflow.state = "closed";
    subflow.sender.stop();
    this.reinject(subflow);
    this.push();
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
    if (others.some(({ queuedBytes }) => queuedBytes === 0) || (becomesStale && others.length > 0)) {
      this.reinject(subflow);
      this.push(subflow);
    }
  }

  sendable(subflow: Subflow): number {
    if (!this.running) return 0;
    if (!this.reinjections.isEmpty && !this.standsBy(subflow)) return Number.MAX_SAFE_INTEGER;
    return subflow.unsent.bytes;
  }

  /** Hands a subflow what it may send next; reinjections go first. Returns bytes. */
  take(maxBytes: number, subflow: Subflow): number {
    this.reinjections.skipTo(this.una);
    const again = !this.reinjections.isEmpty && !this.standsBy(subflow);
    const ranges = again ? this.reinjections : subflow.unsent;
    subflow.dataSequence = ranges.first ?? 0;
    const bytes = ranges.take(maxBytes);
    if (again) this.reinjectedBytes += bytes;
    return bytes;
  }

  dataAcknowledged(subflow: Subflow, dataAck: number, window: number): void {
    if (dataAck + window > this.edge) this.edge = dataAck + window;
    const progress = dataAck > this.una;
    if (progress) this.una = dataAck;
    // The subflow that brought the acknowledgement sends of its own accord.
    if (this.schedule() || progress) this.transmit(subflow);
  }

  /** A backup carries nothing while a regular subflow may (RFC 8684 section 3.3.8; mptcp_subflow_get_send). */
  private standsBy(subflow: Subflow): boolean {
    return (
      subflow.backup &&
      this.subflows.some(({ state, backup, stale }) => state === "established" && !backup && !stale)
    );
  }

  private push(except?: Subflow): void {
    this.schedule();
    this.transmit(except);
  }

  /**
   * Puts new data on subflows as far as window and buffers go, a burst at a time on the one whose queue drains first, whether or
   * not its congestion window has room (__mptcp_push_pending, mptcp_subflow_get_send). Returns whether there was any.
   */
  private schedule(): boolean {
    if (!this.running) return false;
    const { sendBufferBytes, sender } = this.options;
    let any = false;
    for (;;) {
      const held = this.una + sendBufferBytes;
      const left = (held < this.edge ? held : this.edge) - this.nxt;
      if (left < sender.mssBytes) return any;
      const subflow = this.soonestDrained();
      // Where that one's buffer is full, nothing goes to another.
      if (subflow === undefined || subflow.queuedBytes >= sendBufferBytes) return any;
      const burst = left < SEND_BURST_BYTES ? left : SEND_BURST_BYTES;
      const end = this.nxt + burst - (burst % sender.mssBytes);
      subflow.enqueue(this.nxt, end);
      this.nxt = end;
      any = true;
    }
  }

  private soonestDrained(): Subflow | undefined {
    let soonest: Subflow | undefined;
    let shortestS = Infinity;
    for (const subflow of this.subflows) {
      if (subflow.state !== "established" || subflow.stale || this.standsBy(subflow)) continue;
      const lingerS = subflow.lingerS();
      if (lingerS >= shortestS) continue;
      soonest = subflow;
      shortestS = lingerS;
    }
    return soonest;
  }

  private transmit(except?: Subflow): void {
    for (const subflow of this.subflows) {
      if (subflow !== except && subflow.state === "established" && !subflow.stale) subflow.sender.transmit();
    }
  }

  private reinject(subflow: Subflow): void {
    const { queue } = subflow.sender;
    for (let skb = queue.una; skb < queue.nxt; skb++) {
      const from = queue.dataSequenceOf(skb);
      this.sendAgain(from, from + queue.bytesOf(skb));
    }
    for (const [from, to] of subflow.unsent) this.sendAgain(from, to);
  }

  private sendAgain(from: number, to: number): void {
    if (to > this.una) this.reinjections.push(from, to);
  }
}
