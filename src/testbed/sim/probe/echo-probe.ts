import { msFromNs, nsFromMs, type TimerHandler, type TimerId } from "../engine/timer-queue.js";
import type { Gate, Network, PathId, Receiver } from "../link/network.js";
import type { PacketId } from "../link/packet-pool.js";

/** Answers ICMP echo requests on the path back that it was given. */
export class EchoResponder implements Receiver {
  path = -1 as PathId;
  constructor(
    private readonly network: Network,
    private readonly gate: Gate,
  ) {}
  receive(packet: PacketId): void {
    if (this.gate.open) this.network.send(packet, this.path);
    else this.network.packets.giveBack(packet);
  }
}

/**
 * Sends an echo request at a fixed interval to one address and notes when each reply comes back. Its own
 * packets go through the same queues as all others.
 */
export class EchoProbe implements Receiver, TimerHandler {
  /** Where requests go now; undefined while the device has no interface up, or no route. */
  path: PathId | undefined;
  readonly scheduledNs: number[] = [];
  readonly receivedNs: number[] = [];
  private readonly timer: TimerId;
  private readonly intervalNs: number;

  constructor(
    private readonly network: Network,
    intervalMs: number,
    private readonly wireBytes: number,
  ) {
    this.timer = network.timers.add(this);
    this.intervalNs = nsFromMs(intervalMs);
  }

  start(afterMs = 0): void {
    this.network.timers.arm(this.timer, this.network.timers.nowNs + nsFromMs(afterMs));
  }

  stop(): void {
    this.network.timers.cancel(this.timer);
  }

  expire(): void {
    const now = this.network.timers.nowNs;
    const sequence = this.scheduledNs.push(now) - 1;
    this.receivedNs.push(-1);
    this.network.timers.arm(this.timer, now + this.intervalNs);
    if (this.path === undefined) return;
    const packets = this.network.packets;
    const packet = packets.take();
    packets.sequence[packet] = sequence;
    packets.payloadBytes[packet] = 0;
    packets.segments[packet] = 0;
    packets.wireBytes[packet] = this.wireBytes;
    this.network.send(packet, this.path);
  }

  receive(packet: PacketId): void {
    const sequence = this.network.packets.sequence[packet] ?? 0;
    this.network.packets.giveBack(packet);
    this.receivedNs[sequence] = this.network.timers.nowNs;
  }

  /** Rows of sequence, send time and reply time, ms; a reply that never came is null. */
  *samples(): Generator<{ sequence: number; sentMs: number; receivedMs: number | null }> {
    for (const [sequence, sentNs] of this.scheduledNs.entries()) {
      const received = this.receivedNs[sequence] ?? -1;
      yield { sequence, sentMs: msFromNs(sentNs), receivedMs: received < 0 ? null : msFromNs(received) };
    }
  }
}
