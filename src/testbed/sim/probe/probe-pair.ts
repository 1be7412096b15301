import type { Guest } from "../guest/guest.js";
import type { PathId } from "../link/network.js";
import type { Topology } from "../topology.js";
import { EchoProbe, EchoResponder } from "./echo-probe.js";

/**
 * The same probe to both of VM3's addresses at the same time (thesis 4.2), over the routes that the device
 * has from where it is: to the old address directly from cloudlet 1, over the WAN from cloudlet 2; to the
 * next address within cloudlet 2.
 */
export class ProbePair {
  readonly old: EchoProbe;
  readonly next: EchoProbe;
  private readonly oldAt1: PathId;
  private readonly oldAt2: PathId;
  private readonly nextAt2: PathId;

  constructor(topology: Topology, guest: Guest, intervalMs: number, wireBytes: number) {
    const { network, access1, access2, wan } = topology;
    this.old = new EchoProbe(network, intervalMs, wireBytes);
    this.next = new EchoProbe(network, intervalMs, wireBytes);
    const { atCloudlet1, atCloudlet2 } = guest;

    const from1 = new EchoResponder(network, atCloudlet1);
    from1.path = network.path(access1.back, this.old);
    this.oldAt1 = network.path(access1.forward, from1, atCloudlet1);

    const overWan = new EchoResponder(network, atCloudlet1);
    overWan.path = network.path([...wan.forward, ...access2.back], this.old);
    this.oldAt2 = network.path([...access2.forward, ...wan.back], overWan, atCloudlet1);

    const from2 = new EchoResponder(network, atCloudlet2);
    from2.path = network.path(access2.back, this.next);
    this.nextAt2 = network.path(access2.forward, from2, atCloudlet2);
  }

  start(afterMs: number): void {
    this.old.start(afterMs);
    this.next.start(afterMs);
  }

  stop(): void {
    this.old.stop();
    this.next.stop();
  }

  deviceAt(cloudlet: 1 | 2 | undefined): void {
    this.old.path = cloudlet === undefined ? undefined : cloudlet === 1 ? this.oldAt1 : this.oldAt2;
    this.next.path = cloudlet === 2 ? this.nextAt2 : undefined;
  }
}
