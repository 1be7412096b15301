import type { Network } from "../link/network.js";
import type { ShapedLink } from "../link/shaped-link.js";
import { Handshake } from "../mptcp/handshake.js";
import type { CongestionControl } from "../tcp/congestion-control.js";
import { type ByteSink, type ReceiverOptions, TcpReceiver } from "../tcp/receiver.js";
import { type SenderOptions, TcpSender } from "../tcp/sender.js";
import { WriteQueue } from "../tcp/write-queue.js";

export interface StreamOptions {
  readonly sender: SenderOptions;
  readonly receiver: ReceiverOptions;
  readonly congestion: CongestionControl;
  readonly wmemDefaultBytes: number;
  readonly wmemMaxBytes: number;
  readonly overhead: number;
}

/** The TCP connection that carries a migration from QEMU at cloudlet 1 to QEMU at cloudlet 2. */
export class MigrationStream implements ByteSink {
  readonly dataAck = 0;
  readonly outOfOrderBytes = 0;
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;
  private readonly handshake: Handshake;
  private readonly writeQueue: WriteQueue;
  private awaitedBytes = Infinity;
  /** Set by the hypervisor's policy. */
  onWritable: () => void = () => undefined;
  onAllReceived: () => void = () => undefined;

  constructor(
    network: Network,
    options: StreamOptions,
    towards: readonly ShapedLink[],
    back: readonly ShapedLink[],
    onConnected: () => void,
  ) {
    const { mssBytes, gsoSegments } = options.sender;
    this.writeQueue = new WriteQueue({ ...options, mssBytes, gsoSegments }, () => {
      this.onWritable();
    });
    this.sender = new TcpSender(
      network,
      options.congestion,
      this.writeQueue,
      options.sender,
      TcpReceiver.initialWindow(options.receiver),
    );
    this.receiver = new TcpReceiver(network, this, options.receiver);
    this.sender.path = network.path(towards, this.receiver);
    this.receiver.path = network.path(back, this.sender);
    this.handshake = new Handshake(network, { linearTimeouts: 0, join: false }, undefined, onConnected);
    this.handshake.toResponder = network.path(towards, this.handshake.responder);
    this.handshake.toInitiator = network.path(back, this.handshake.initiator);
  }

  connect(): void {
    this.handshake.connect();
  }

  /** Non-blocking write(2); returns bytes taken. */
  write(bytes: number): number {
    let taken = 0;
    for (;;) {
      const more = this.writeQueue.append(bytes - taken);
      taken += more;
      if (more === 0 || taken === bytes) break;
      // The skb is full: one TSO frame of it goes out before the next is asked for (tcp_push_one).
      this.sender.transmit(1);
    }
    if (taken > 0) this.sender.transmit();
    return taken;
  }

  get writtenBytes(): number {
    return this.writeQueue.written;
  }

  get receivedBytes(): number {
    return this.receiver.readBytes;
  }

  /** The source has written everything; `onAllReceived` follows once the destination has read it. */
  shutdown(): void {
    this.awaitedBytes = this.writeQueue.written;
    this.writeQueue.finish();
    this.sender.transmit();
    if (this.receiver.readBytes >= this.awaitedBytes) this.onAllReceived();
  }

  /** The migration failed: the connection is torn down. */
  abort(): void {
    this.handshake.abandon();
    this.sender.stop();
  }

  deliver(): void {
    if (this.receiver.readBytes >= this.awaitedBytes) {
      this.awaitedBytes = Infinity;
      this.onAllReceived();
    }
  }
}
