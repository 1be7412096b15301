import type { Network } from "../link/network.js";
import type { ShapedLink } from "../link/shaped-link.js";
import { Handshake } from "../mptcp/handshake.js";
import type { CongestionControl } from "./congestion-control.js";
import { type ByteSink, type ReceiverOptions, TcpReceiver } from "./receiver.js";
import { type SegmentSource, type SenderOptions, TcpSender } from "./sender.js";

export interface BulkFlowOptions {
  readonly sender: SenderOptions;
  readonly receiver: ReceiverOptions;
  readonly congestion: CongestionControl;
  /** Payload that the send buffer holds, bytes. */
  readonly sendBufferBytes: number;
}

/** A plain TCP connection whose application always has data: iperf from cloudlet to cloudlet. */
export class BulkFlow implements SegmentSource, ByteSink {
  readonly dataSequence = 0;
  readonly dataAck = 0;
  readonly outOfOrderBytes = 0;
  acknowledgedBytes = 0;

  private readonly sender: TcpSender;
  private readonly handshake: Handshake;
  private readonly sendBufferBytes: number;
  private held = 0;
  private running = false;

  constructor(
    network: Network,
    options: BulkFlowOptions,
    towards: readonly ShapedLink[],
    back: readonly ShapedLink[],
  ) {
    this.sendBufferBytes = options.sendBufferBytes;
    const { receiver, sender } = options;
    const initialWindow = TcpReceiver.initialWindow(receiver);
    this.sender = new TcpSender(network, options.congestion, this, sender, initialWindow);
    const ends = new TcpReceiver(network, this, receiver);
    this.sender.path = network.path(towards, ends);
    ends.path = network.path(back, this.sender);
    this.handshake = new Handshake(network, { linearTimeouts: 0, join: false }, undefined, () => {
      this.running = true;
      this.sender.transmit();
    });
    this.handshake.toResponder = network.path(towards, this.handshake.responder);
    this.handshake.toInitiator = network.path(back, this.handshake.initiator);
  }

  get retransmissions(): number {
    return this.sender.retransmissions;
  }

  connect(): void {
    this.handshake.connect();
  }

  /** iperf ends: nothing more is sent. */
  stop(): void {
    this.running = false;
    this.handshake.abandon();
    this.sender.stop();
  }

  take(maxBytes: number): number {
    this.held += maxBytes;
    return maxBytes;
  }

  acknowledged(bytes: number): void {
    this.held -= bytes;
    this.acknowledgedBytes += bytes;
  }

  /** What the receive window and the send buffer both have room for. */
  windowLeft(window: number, bytesOut: number): number {
    return this.running ? Math.min(window - bytesOut, this.sendBufferBytes - this.held) : 0;
  }

  timedOut(): void {
    // The socket keeps trying.
  }

  dataAcknowledged(): void {
    // Plain TCP has no data-level acknowledgement.
  }

  deliver(): void {
    // iperf's server reads and forgets.
  }
}
