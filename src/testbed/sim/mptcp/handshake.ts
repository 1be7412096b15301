import type { TimerHandler, TimerId } from "../engine/timer-queue.js";
import type { Gate, Network, PathId, Receiver } from "../link/network.js";
import type { PacketId } from "../link/packet-pool.js";

/** Initial retransmission timeout of a SYN (RFC 6298 section 2.1; TCP_TIMEOUT_INIT), ns. */
const SYN_TIMEOUT_NS = 1e9;
/** net.ipv4.tcp_syn_retries: retransmissions before connect(2) fails, on top of the linear ones. */
const SYN_RETRIES = 6;
/** SYN with MP_JOIN, timestamps, SACK-permitted, window scale: 14 + 20 + 20 + 32 bytes. */
const SYN_BYTES = 86;

export const Step = { Syn: 0, SynAck: 1, ThirdAck: 2, FourthAck: 3 } as const;
export type Step = (typeof Step)[keyof typeof Step];

/** A host that hears what is sent to it, unless its gate is shut. */
class Ear implements Receiver {
  constructor(
    private readonly network: Network,
    private readonly hear: (step: Step) => void,
  ) {}
  receive(packet: PacketId): void {
    const step = (this.network.packets.sequence[packet] ?? 0) as Step;
    this.network.packets.giveBack(packet);
    this.hear(step);
  }
}

export interface HandshakeOptions {
  /** net.ipv4.tcp_syn_linear_timeouts: timeouts that don't double. */
  readonly linearTimeouts: number;
  /**
   * MP_JOIN (RFC 8684 section 3.2): the subflow carries the initiator's data only once its third ACK has
   * itself been acknowledged. A plain handshake ends with the SYN/ACK.
   */
  readonly join: boolean;
  /** Told of each step as the initiator sends it or hears of it. */
  readonly onStep?: (step: Step) => void;
}

/**
 * The handshake of a connection or of an additional subflow, with the kernel's SYN schedule
 * (net/ipv4/tcp_timer.c, tcp_retransmit_timer): one second between the first `linearTimeouts` + 1
 * retransmissions, then doubling. A SYN to an address that nobody holds yet is simply not answered.
 */
export class Handshake implements TimerHandler {
  readonly initiator: Receiver;
  readonly responder: Receiver;
  /** Set by whoever lays the paths, before `connect`. */
  toResponder = -1 as PathId;
  toInitiator = -1 as PathId;
  synsSent = 0;
  state: "idle" | "syn-sent" | "synchronized" | "established" | "failed" = "idle";

  private readonly timer: TimerId;
  private timeoutNs = SYN_TIMEOUT_NS;
  private timeouts = 0;

  constructor(
    private readonly network: Network,
    private readonly options: HandshakeOptions,
    /** Whether the host that answers can send. */
    private readonly gate: Gate | undefined,
    private readonly onEstablished: () => void,
  ) {
    this.timer = network.timers.add(this);
    this.initiator = new Ear(network, (step) => {
      this.heardByInitiator(step);
    });
    this.responder = new Ear(network, (step) => {
      this.heardByResponder(step);
    });
  }

  connect(): void {
    this.state = "syn-sent";
    this.synsSent++;
    this.say(Step.Syn, this.toResponder);
    this.network.timers.arm(this.timer, this.network.timers.nowNs + this.timeoutNs);
  }

  expire(): void {
    if (this.state === "established" || this.state === "failed") return;
    if (this.timeouts >= SYN_RETRIES + this.options.linearTimeouts) {
      this.state = "failed";
      return;
    }
    this.timeouts++;
    if (this.state === "syn-sent") this.synsSent++;
    this.say(this.state === "syn-sent" ? Step.Syn : Step.ThirdAck, this.toResponder);
    if (this.timeouts > this.options.linearTimeouts) this.timeoutNs *= 2;
    this.network.timers.arm(this.timer, this.network.timers.nowNs + this.timeoutNs);
  }

  /** Gives up: the address was withdrawn or the interface went away. */
  abandon(): void {
    if (this.state !== "established") this.state = "failed";
    this.network.timers.cancel(this.timer);
  }

  private heardByResponder(step: Step): void {
    if (step === Step.Syn) this.say(Step.SynAck, this.toInitiator);
    else if (this.options.join) this.say(Step.FourthAck, this.toInitiator);
  }

  private heardByInitiator(step: Step): void {
    this.options.onStep?.(step);
    if (this.state === "established" || this.state === "failed") return;
    if (step === Step.SynAck) {
      this.state = "synchronized";
      this.say(Step.ThirdAck, this.toResponder);
      if (this.options.join) return;
    }
    this.state = "established";
    this.network.timers.cancel(this.timer);
    this.onEstablished();
  }

  private say(step: Step, path: PathId): void {
    if (path === this.toInitiator && this.gate !== undefined && !this.gate.open) return;
    if (path === this.toResponder) this.options.onStep?.(step);
    const packets = this.network.packets;
    const packet = packets.take();
    packets.sequence[packet] = step;
    packets.payloadBytes[packet] = 0;
    packets.segments[packet] = 0;
    packets.wireBytes[packet] = SYN_BYTES;
    this.network.send(packet, path);
  }
}
