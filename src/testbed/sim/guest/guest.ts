import type { Gate, Network } from "../link/network.js";
import type { PacketId } from "../link/packet-pool.js";

/**
 * VM3's tap at one cloudlet: open where VM3 runs, shut elsewhere and while it is stopped. A tap that
 * belongs to a QEMU which doesn't run its guest yet keeps the first packets, up to its queue's length
 * (virtio-net takes none before the guest runs), and hands them over at resume.
 */
class Tap implements Gate {
  open = false;
  /** The hypervisor holds the tap open: from the start of the migration at the destination. */
  attached = false;
  private readonly held: PacketId[] = [];

  constructor(
    private readonly network: Network,
    private readonly queuePackets: number,
  ) {}

  hold(packet: PacketId): boolean {
    if (!this.attached || this.held.length >= this.queuePackets) return false;
    this.held.push(packet);
    return true;
  }

  release(): void {
    this.open = true;
    for (const packet of this.held.splice(0)) this.network.forward(packet);
  }

  /** The hypervisor is gone, and with it what the tap kept. */
  detach(): void {
    this.open = false;
    this.attached = false;
    for (const packet of this.held.splice(0)) this.network.packets.giveBack(packet);
  }
}

/** Where VM3 runs. Only the hypervisors move it. */
export class Guest {
  readonly atCloudlet1: Tap;
  readonly atCloudlet2: Tap;

  constructor(network: Network, tapQueuePackets: number) {
    this.atCloudlet1 = new Tap(network, 0);
    this.atCloudlet2 = new Tap(network, tapQueuePackets);
    this.atCloudlet1.open = true;
  }

  /** QEMU waits at cloudlet 2 with `-incoming`. */
  awaitAtCloudlet2(): void {
    this.atCloudlet2.attached = true;
  }

  stop(): void {
    this.atCloudlet1.open = false;
    this.atCloudlet2.open = false;
  }

  resumeAt(cloudlet: 1 | 2): void {
    const [here, there] =
      cloudlet === 1 ? [this.atCloudlet1, this.atCloudlet2] : [this.atCloudlet2, this.atCloudlet1];
    there.detach();
    here.release();
  }

  get running(): boolean {
    return this.atCloudlet1.open || this.atCloudlet2.open;
  }
}
