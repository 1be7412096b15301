import type { TimerQueue } from "../engine/timer-queue.js";
import { type PacketId, PacketPool } from "./packet-pool.js";

/** What a path leads over: a link, or someone who looks at what passes. It forwards the packet, or loses it. */
export interface Hop {
  enqueue(packet: PacketId): void;
}

/** Where a path ends: a socket, an echo responder, a sink of the measurement. It owns the packet from then on. */
export interface Receiver {
  receive(packet: PacketId): void;
}

/** Whether a host takes packets: VM3 does so only where it runs and only while it isn't stopped. */
export interface Gate {
  readonly open: boolean;
  /** Keeps a packet that finds the gate shut until it opens; false when it doesn't, and the packet is lost. */
  hold(packet: PacketId): boolean;
}

/** A cloudlet's: it is there all the time. */
export const alwaysOpen: Gate = { open: true, hold: () => false };

export type PathId = number & { readonly __path: unique symbol };

interface Path {
  readonly hops: readonly Hop[];
  readonly receiver: Receiver;
  readonly gate: Gate | undefined;
}

/**
 * Hosts and links as the experiment needs them: static routes (thesis 4.1), one path for each direction
 * of each flow. Links are shared between paths, and that is where flows meet.
 */
export class Network {
  readonly packets = new PacketPool();
  private readonly paths: Path[] = [];

  constructor(readonly timers: TimerQueue) {}

  /** A route over `hops` to `receiver`; packets that reach a closed `gate` are lost. */
  path(hops: readonly Hop[], receiver: Receiver, gate?: Gate): PathId {
    return (this.paths.push({ hops, receiver, gate }) - 1) as PathId;
  }

  /** Sends a packet on its way. The caller has filled its row. */
  send(packet: PacketId, path: PathId): void {
    this.packets.path[packet] = path;
    this.packets.hop[packet] = 0;
    this.forward(packet);
  }

  /** The packet has left a link, or its host: on to the next link, or to the receiver. */
  forward(packet: PacketId): void {
    const packets = this.packets;
    const path = this.paths[packets.path[packet] ?? 0];
    if (path === undefined) return;
    const hop = packets.hop[packet] ?? 0;
    const next = path.hops[hop];
    if (next !== undefined) {
      packets.hop[packet] = hop + 1;
      next.enqueue(packet);
    } else if (path.gate === undefined || path.gate.open) path.receiver.receive(packet);
    else if (!path.gate.hold(packet)) packets.giveBack(packet);
  }
}
