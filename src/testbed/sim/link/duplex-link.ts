import { FRAME_BYTES, type LinkShaping, type Shaping } from "../../../experiment/link-shaping.js";
import type { SimulationParameters } from "../parameters.js";
import type { Network } from "./network.js";
import { type LinkSettings, ShapedLink } from "./shaped-link.js";

/** The queueing disciplines of both directions of a link, in the order in which a packet meets them. */
export interface DuplexSettings {
  /** The direction of the migration, or from the device on. */
  readonly forward: readonly LinkSettings[];
  readonly back: readonly LinkSettings[];
}

/**
 * What `tc` sets up for one link. The path's own RTT, half in each direction, is part of it, as it is in a
 * real testbed.
 */
export function shapedSettings(
  { forward, backward }: LinkShaping,
  path: SimulationParameters["path"],
): DuplexSettings {
  return { forward: qdiscs(forward, path), back: qdiscs(backward, path) };
}

function qdiscs(shaping: Shaping, path: SimulationParameters["path"]): LinkSettings[] {
  const { rateBps, burstBytes, limitPackets, queueBytes } = shaping;
  const watchdogLatencyNs = path.watchdogLatencyUs * 1000;
  const delayMs = shaping.delayMs + path.baseRttMs / 2;
  switch (shaping.rootQdisc) {
    case "tbf":
      return [{ rateBps, burstBytes, delayMs, limitPackets, limitBytes: Infinity, watchdogLatencyNs }];
    case "netem":
      return [
        { rateBps: Infinity, burstBytes, delayMs, limitPackets, limitBytes: Infinity, watchdogLatencyNs },
        {
          rateBps,
          burstBytes,
          delayMs: 0,
          limitPackets: Infinity,
          limitBytes: queueBytes,
          watchdogLatencyNs,
        },
      ];
  }
}

/** The unshaped path between the cloudlets: line rate and a device's transmit queue. */
export function unshapedSettings(path: SimulationParameters["path"]): DuplexSettings {
  const line: LinkSettings = {
    rateBps: path.lineRateMbit * 1e6,
    burstBytes: 2 * FRAME_BYTES,
    delayMs: path.baseRttMs / 2,
    limitPackets: path.lineQueuePackets,
    limitBytes: Infinity,
    watchdogLatencyNs: 0,
  };
  return { forward: [line], back: [line] };
}

/** Both directions of a link, laid in a network. */
export class DuplexLink {
  readonly forward: readonly ShapedLink[];
  readonly back: readonly ShapedLink[];

  constructor(
    network: Network,
    readonly settings: DuplexSettings,
    /** Of the queueing discipline that delays, in both directions. */
    jitterNs?: () => number,
  ) {
    const lay = (one: LinkSettings) => new ShapedLink(network, one, one.delayMs > 0 ? jitterNs : undefined);
    this.forward = settings.forward.map(lay);
    this.back = settings.back.map(lay);
  }

  get stages(): readonly ShapedLink[] {
    return [...this.forward, ...this.back];
  }

  setDown(): void {
    for (const stage of this.stages) stage.setDown();
  }

  setUp(): void {
    for (const stage of this.stages) stage.setUp();
  }
}
