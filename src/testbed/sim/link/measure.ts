import { msFromNs, nsFromMs, TimerQueue } from "../engine/timer-queue.js";
import { FRAME_BYTES } from "../../../experiment/link-shaping.js";
import { DuplexLink, type DuplexSettings } from "./duplex-link.js";
import { Network, type PathId, type Receiver } from "./network.js";
import type { PacketId } from "./packet-pool.js";

const PINGS = 20;
const PING_BYTES = 98;
/**
 * UDP flood: sent at this multiple of the rate, and counted for at least this long after the pipe has
 * filled. A full packet limit passes packets in bursts, one a delay, so whole delays are counted.
 */
const OFFERED = 1.1;
const COUNTED_MS = 200;

export interface Measured {
  readonly rttsMs: readonly number[];
  /** Wire bits per second that got through. */
  readonly rateBps: number;
  readonly method: string;
}

/** Counts what arrives, or sends it back. */
class End implements Receiver {
  bytes = 0;
  count = 0;
  lastNs = 0;
  constructor(
    private readonly network: Network,
    private readonly back?: PathId,
  ) {}
  receive(packet: PacketId): void {
    this.bytes += this.network.packets.wireBytes[packet] ?? 0;
    this.count++;
    this.lastNs = this.network.timers.nowNs;
    if (this.back === undefined) this.network.packets.giveBack(packet);
    else this.network.send(packet, this.back);
  }
}

/**
 * Measures a link as a user would, with nothing else on it: echo requests one at a time, then a UDP flood
 * a tenth above the rate. It does so on a link of its own with the same settings, so that it takes no
 * simulated time and leaves nothing in the queues.
 */
export function measureLink(settings: DuplexSettings): Measured {
  return {
    rttsMs: pings(settings),
    rateBps: flood(settings),
    method: `simulated UDP, 1472 B, ${OFFERED} × rate, ${COUNTED_MS} ms or more`,
  };
}

function pings(settings: DuplexSettings): number[] {
  const network = new Network(new TimerQueue());
  const link = new DuplexLink(network, settings);
  const home = new End(network);
  const away = new End(network, network.path(link.back, home));
  const path = network.path(link.forward, away);
  const rtts: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const sentNs = network.timers.nowNs;
    const packet = network.packets.take();
    network.packets.wireBytes[packet] = PING_BYTES;
    network.send(packet, path);
    network.timers.runWhile(() => home.count <= i, sentNs + nsFromMs(100_000));
    rtts.push(msFromNs(home.lastNs - sentNs));
    network.timers.runUntil(sentNs + nsFromMs(100));
  }
  return rtts;
}

function flood(settings: DuplexSettings): number {
  const rateBps = Math.min(...settings.forward.map((stage) => stage.rateBps));
  const delayMs = Math.max(...settings.forward.map((stage) => stage.delayMs));
  const network = new Network(new TimerQueue());
  const { timers, packets } = network;
  const sink = new End(network);
  const path = network.path(new DuplexLink(network, settings).forward, sink);
  const gapNs = Math.round((FRAME_BYTES * 8e9) / (OFFERED * rateBps));
  const countFrom = nsFromMs(2 * delayMs + 20);
  const until = countFrom + nsFromMs(delayMs * Math.ceil(COUNTED_MS / delayMs));
  let atNs = 0;
  const source = timers.add({
    expire: () => {
      const packet = packets.take();
      packets.wireBytes[packet] = FRAME_BYTES;
      network.send(packet, path);
      atNs += gapNs;
      timers.arm(source, atNs);
    },
  });
  timers.arm(source, 0);
  timers.runUntil(countFrom);
  const before = sink.bytes;
  timers.runUntil(until);
  return ((sink.bytes - before) * 8e9) / (until - countFrom);
}
