import { TimerQueue } from "../../../src/testbed/sim/engine/timer-queue.js";
import { Network } from "../../../src/testbed/sim/link/network.js";
import { type LinkSettings, ShapedLink } from "../../../src/testbed/sim/link/shaped-link.js";
import type { CongestionControl } from "../../../src/testbed/sim/tcp/congestion-control.js";
import { Cubic } from "../../../src/testbed/sim/tcp/cubic.js";
import { TcpReceiver } from "../../../src/testbed/sim/tcp/receiver.js";
import { type SegmentSource, TcpSender } from "../../../src/testbed/sim/tcp/sender.js";

export const MSS = 1448;
export const FRAME = 1514;

export const link = (settings: Partial<LinkSettings>): LinkSettings => ({
  rateBps: Infinity,
  burstBytes: 10 * FRAME,
  delayMs: 0,
  limitPackets: Infinity,
  limitBytes: Infinity,
  watchdogLatencyNs: 0,
  ...settings,
});

export interface FlowOptions {
  readonly forward: Partial<LinkSettings>;
  readonly back: Partial<LinkSettings>;
  readonly rmemMaxBytes?: number;
  readonly lockedWindowBytes?: number;
  readonly congestion?: CongestionControl;
  readonly gsoSegments?: number;
  /** Bytes that the application has; endless without it. */
  readonly bytes?: number;
}

/** One bulk TCP flow over one link, driven by hand. */
export class BulkFlow implements SegmentSource {
  readonly timers = new TimerQueue();
  readonly network = new Network(this.timers);
  readonly forward: ShapedLink;
  readonly back: ShapedLink;
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;
  readonly dataSequence = 0;
  readonly dataAck = 0;
  readonly outOfOrderBytes = 0;
  private left: number;

  constructor(options: FlowOptions) {
    this.left = options.bytes ?? Infinity;
    this.forward = new ShapedLink(this.network, link(options.forward));
    this.back = new ShapedLink(this.network, link(options.back));
    const receiver = {
      mssBytes: MSS,
      ackBytes: 66,
      rmemDefaultBytes: 131_072,
      rmemMaxBytes: options.rmemMaxBytes ?? 64 * 2 ** 20,
      windowShare: 0.5,
      overhead: 2,
      ...(options.lockedWindowBytes === undefined ? {} : { lockedWindowBytes: options.lockedWindowBytes }),
    };
    this.sender = new TcpSender(
      this.network,
      options.congestion ?? new Cubic(),
      this,
      { mssBytes: MSS, headerBytes: 66, initialWindow: 10, gsoSegments: options.gsoSegments ?? 1 },
      TcpReceiver.initialWindow(receiver),
    );
    this.receiver = new TcpReceiver(this.network, this, receiver);
    this.sender.path = this.network.path([this.forward], this.receiver);
    this.receiver.path = this.network.path([this.back], this.sender);
  }

  run(ms: number): void {
    this.sender.transmit();
    this.timers.runUntil(this.timers.nowNs + ms * 1e6);
  }

  take(maxBytes: number): number {
    const bytes = Math.min(maxBytes, this.left);
    this.left -= bytes;
    return bytes;
  }
  windowLeft(window: number, bytesOut: number): number {
    return window - bytesOut;
  }
  deliver(): void {
    // The receiver counts.
  }
  acknowledged(): void {
    // The source never runs dry on its own.
  }
  timedOut(): void {
    // Nothing else to try.
  }
  dataAcknowledged(): void {
    // Plain TCP.
  }
}
