import type { TimerHandler, TimerId } from "../engine/timer-queue.js";
import type { Hop, Network } from "./network.js";
import type { PacketId } from "./packet-pool.js";

/** One direction of a link, as `tc` sets it up. */
export interface LinkSettings {
  /** Token rate, bits per second; Infinity: no bucket. */
  readonly rateBps: number;
  /** tbf `burst`, bytes. */
  readonly burstBytes: number;
  /** netem `delay`, ms, one way. */
  readonly delayMs: number;
  /** netem `limit`: packets that the queue holds, those in the delay line and those waiting for tokens together. */
  readonly limitPackets: number;
  /** tbf `limit`, bytes, where tbf has a queue of its own (as netem's child); else Infinity. */
  readonly limitBytes: number;
  /** How late tbf's watchdog fires once the tokens are there, ns. */
  readonly watchdogLatencyNs: number;
}

/**
 * tbf with netem as its inner queueing discipline, for one direction
 * (Linux net/sched/sch_tbf.c and sch_netem.c).
 *
 * netem stamps each packet with the time at which it may leave (time_to_send) and keeps it in a FIFO of
 * `limit` packets; tbf takes packets from that FIFO when they are due *and* its bucket has tokens for
 * them. Packets that wait for tokens stay in netem's FIFO, so one limit covers delay line and backlog:
 * that is what makes the RTT of a saturated 60 Mbit/s link flat over its configured delay (thesis
 * Fig. 4.10). With `rateBps` Infinity this is netem alone; with `delayMs` 0 it is tbf alone. The other
 * nesting, tbf inside netem, is two of these one after the other.
 *
 * Without reordering both are FIFOs, so one armed timer, for the packet at the head, is enough. Jitter does not
 * reorder: with a rate, netem lets no packet leave before the one ahead of it (netem_enqueue).
 */
export class ShapedLink implements TimerHandler, Hop {
  enqueued = 0;
  delivered = 0;
  dropped = 0;
  /** Longest the queue has been, packets. */
  longest = 0;
  /** Wire bytes delivered. */
  deliveredBytes = 0;

  private ring = new Int32Array(1024);
  private dueNs = new Float64Array(1024);
  private head = 0;
  private length = 0;
  private packetsQueued = 0;
  private backlogBytes = 0;
  private down = false;

  private readonly timer: TimerId;
  private readonly nsPerByte: number;
  private readonly delayNs: number;
  private readonly bucketNs: number;
  /** tbf keeps its tokens as ns of transmission at the token rate. */
  private tokensNs: number;
  private checkpointNs = 0;

  constructor(
    private readonly network: Network,
    readonly settings: LinkSettings,
    /** How much later than netem's delay the next packet is due, ns; may be below zero. */
    private readonly jitterNs?: () => number,
  ) {
    this.timer = network.timers.add(this);
    this.nsPerByte = 8e9 / settings.rateBps;
    this.delayNs = Math.round(settings.delayMs * 1e6);
    this.bucketNs = settings.burstBytes * this.nsPerByte;
    this.tokensNs = this.bucketNs;
  }

  get queuedPackets(): number {
    return this.packetsQueued;
  }

  /**
   * What a packet counts against the limit: one, unless it is a GSO skb larger than tbf's bucket, which
   * tbf_segment cuts up before netem sees it.
   */
  private weight(packet: PacketId, bytes: number): number {
    return bytes > this.settings.burstBytes ? (this.network.packets.segments[packet] ?? 1) || 1 : 1;
  }

  enqueue(packet: PacketId): void {
    const bytes = this.network.packets.wireBytes[packet] ?? 0;
    const weight = this.weight(packet, bytes);
    this.enqueued++;
    if (
      this.down ||
      this.packetsQueued + weight > this.settings.limitPackets ||
      this.backlogBytes + bytes > this.settings.limitBytes
    ) {
      this.dropped++;
      this.network.packets.giveBack(packet);
      return;
    }
    if (this.length === this.ring.length) this.grow();
    const slot = (this.head + this.length) & (this.ring.length - 1);
    const due = this.dueAtNs();
    this.ring[slot] = packet;
    this.dueNs[slot] = due;
    this.backlogBytes += bytes;
    this.length++;
    this.packetsQueued += weight;
    if (this.packetsQueued > this.longest) this.longest = this.packetsQueued;
    if (this.length === 1) this.watch(due, bytes);
  }

  private dueAtNs(): number {
    const due = this.network.timers.nowNs + this.delayNs;
    if (this.jitterNs === undefined) return due;
    const ahead =
      this.length === 0 ? 0 : (this.dueNs[(this.head + this.length - 1) & (this.ring.length - 1)] ?? 0);
    return Math.max(due + this.jitterNs(), ahead, this.network.timers.nowNs);
  }

  /** The packet at the head is due and has its tokens. */
  expire(): void {
    const packets = this.network.packets;
    const now = this.network.timers.nowNs;
    const packet = this.ring[this.head] ?? 0;
    const bytes = packets.wireBytes[packet] ?? 0;
    if (this.nsPerByte > 0) {
      // tbf_dequeue: toks = min(now - t_c, buffer) + tokens, at most buffer, less this packet's share.
      const tokens = this.tokensNs + (now - this.checkpointNs);
      this.tokensNs = (tokens < this.bucketNs ? tokens : this.bucketNs) - bytes * this.nsPerByte;
      this.checkpointNs = now;
    }
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.length--;
    this.packetsQueued -= this.weight(packet, bytes);
    this.backlogBytes -= bytes;
    this.delivered++;
    this.deliveredBytes += bytes;
    if (this.length > 0) {
      this.watch(this.dueNs[this.head] ?? 0, packets.wireBytes[this.ring[this.head] ?? 0] ?? 0);
    }
    this.network.forward(packet);
  }

  /** The interface goes down: what it holds is lost, and so is what comes until it is up again. */
  setDown(): void {
    this.down = true;
    const packets = this.network.packets;
    while (this.length > 0) {
      packets.giveBack(this.ring[this.head] ?? 0);
      this.head = (this.head + 1) & (this.ring.length - 1);
      this.length--;
      this.dropped++;
    }
    this.backlogBytes = 0;
    this.packetsQueued = 0;
    this.network.timers.cancel(this.timer);
  }

  setUp(): void {
    this.down = false;
  }

  /** Arms the watchdog for when the head is due and the bucket holds tokens for it. */
  private watch(dueNs: number, bytes: number): void {
    let at = dueNs;
    if (this.nsPerByte > 0) {
      // The segments of an skb larger than the bucket go out one by one; together they take as long.
      const need = bytes * this.nsPerByte;
      const want = need < this.bucketNs ? need : this.bucketNs;
      const tokensAt = Math.ceil(this.checkpointNs + want - this.tokensNs);
      if (tokensAt > at) at = tokensAt + this.settings.watchdogLatencyNs;
    }
    this.network.timers.arm(this.timer, at);
  }

  private grow(): void {
    const old = this.ring.length;
    const ring = new Int32Array(old * 2);
    const dueNs = new Float64Array(old * 2);
    for (let i = 0; i < this.length; i++) {
      const slot = (this.head + i) & (old - 1);
      ring[i] = this.ring[slot] ?? 0;
      dueNs[i] = this.dueNs[slot] ?? 0;
    }
    this.ring = ring;
    this.dueNs = dueNs;
    this.head = 0;
  }
}
