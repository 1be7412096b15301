import type { BurstSample } from "../../../record/series.js";
import { msFromNs } from "../engine/timer-queue.js";
import type { Hop, Network } from "../link/network.js";
import type { PacketId } from "../link/packet-pool.js";

const BURST_NS = 100e6;

/** Looks at what leaves the device on one subflow: payload by stretches of 100 ms. What leaves towards no network does not. */
export class BurstLog implements Hop {
  readonly bursts: BurstSample[] = [];
  private stretch = -1;
  private startNs = 0;
  private endNs = 0;
  private bytes = 0;

  constructor(
    private readonly network: Network,
    private readonly path: string,
    private readonly hasNetwork: () => boolean,
  ) {}

  enqueue(packet: PacketId): void {
    const bytes = this.network.packets.payloadBytes[packet] ?? 0;
    if (bytes > 0 && this.hasNetwork()) this.count(bytes);
    this.network.forward(packet);
  }

  /** Writes down the last stretch. */
  end(): void {
    if (this.bytes === 0) return;
    const { path, bytes } = this;
    this.bursts.push({ path, startMs: msFromNs(this.startNs), endMs: msFromNs(this.endNs), bytes });
    this.bytes = 0;
  }

  private count(bytes: number): void {
    const now = this.network.timers.nowNs;
    const stretch = Math.floor(now / BURST_NS);
    if (stretch !== this.stretch) {
      this.end();
      this.stretch = stretch;
      this.startNs = now;
    }
    this.endNs = now;
    this.bytes += bytes;
  }
}
