import { linkShaping } from "../../experiment/link-shaping.js";
import type { Cell, LinkParameters } from "../../experiment/plan.js";
import type { TimerQueue } from "./engine/timer-queue.js";
import { DuplexLink, type DuplexSettings, shapedSettings, unshapedSettings } from "./link/duplex-link.js";
import { Network } from "./link/network.js";
import type { ShapedLink } from "./link/shaped-link.js";
import type { SimulationParameters } from "./parameters.js";

/** The thesis's Fig. 4.1: the device's two access links (Br1, Br2) and the link between the cloudlets (Br0). */
export class Topology {
  readonly network: Network;
  /** Cloudlet 1 to cloudlet 2 and back. */
  readonly wan: DuplexLink;
  /** Device to cloudlet 1 and back, device to cloudlet 2 and back. */
  readonly access1: DuplexLink;
  readonly access2: DuplexLink;

  constructor(cell: Cell, { path }: SimulationParameters, timers: TimerQueue) {
    this.network = new Network(timers);
    const settings = ({ rateBps, rttMs }: LinkParameters): DuplexSettings =>
      rateBps === null
        ? unshapedSettings(path)
        : shapedSettings(linkShaping({ rateBps, rttMs }, cell.profile.link), path);
    this.wan = new DuplexLink(this.network, settings(cell.wan));
    const access = settings(cell.access);
    this.access1 = new DuplexLink(this.network, access);
    this.access2 = new DuplexLink(this.network, access);
    this.access2.setDown();
  }

  /** Delays that links add to an unqueued packet on the device's paths from cloudlet 2, ms. */
  oneWayDelayMs(): { deviceToCloudlet1: number; cloudlet1ToDevice: number; access: number } {
    const delay = (stages: readonly ShapedLink[]): number =>
      stages.reduce((sum, { settings }) => sum + settings.delayMs, 0);
    return {
      deviceToCloudlet1: delay([...this.access2.forward, ...this.wan.back]),
      cloudlet1ToDevice: delay([...this.wan.forward, ...this.access2.back]),
      access: delay(this.access2.forward),
    };
  }

  get stages(): readonly ShapedLink[] {
    return [this.wan, this.access1, this.access2].flatMap(({ stages }) => stages);
  }
}
