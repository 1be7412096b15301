import type { Cell } from "../../experiment/plan.js";
import type { MptcpEvidence } from "../../record/schema.js";
import type { Guest } from "./guest/guest.js";
import { type ConnectionOptions, MptcpConnection } from "./mptcp/connection.js";
import type { Subflow } from "./mptcp/subflow.js";
import { Handshake } from "./mptcp/handshake.js";
import type { Gate } from "./link/network.js";
import type { ShapedLink } from "./link/shaped-link.js";
import type { Topology } from "./topology.js";

/** Addresses of thesis Tables 4.5 to 4.8. */
export const Address = {
  deviceAtCloudlet1: "10.1.1.14",
  deviceAtCloudlet2: "10.1.2.18",
  vm3Old: "10.1.1.15",
  vm3Next: "10.1.2.19",
} as const;

/**
 * The device's connection through the handover of thesis section 4.5, with the signalling of RFC 8684:
 * MP_JOIN over the WAN when the device comes up on cloudlet 2, REMOVE_ADDR for the address that it left,
 * ADD_ADDR of VM3's next address, MP_JOIN towards it on the SYN schedule, REMOVE_ADDR of VM3's old one.
 */
export class HandoverConnection {
  readonly connection: MptcpConnection;
  /** Subflows of slots A, C and E. */
  readonly first: Subflow;
  readonly overWan: Subflow;
  readonly direct: Subflow;
  addAddrSeen = 0;
  removeAddrSeen = 0;
  joins = 0;

  private readonly firstHandshake: Handshake;
  private readonly wanHandshake: Handshake;
  private readonly directHandshake: Handshake;

  constructor(
    private readonly topology: Topology,
    private readonly guest: Guest,
    cell: Cell,
    options: ConnectionOptions,
    private readonly onJoined: (subflow: Subflow) => void,
  ) {
    const { access1, access2, wan } = topology;
    this.connection = new MptcpConnection(topology.network, options);
    const linearTimeouts = cell.profile.handover.synLinearTimeouts.value;
    const lay = (
      local: string,
      remote: string,
      towards: readonly ShapedLink[],
      back: readonly ShapedLink[],
      gate: Gate,
      join: boolean,
    ): [Subflow, Handshake] => {
      const { network } = topology;
      const subflow = this.connection.addSubflow(`${local}>${remote}`, gate);
      subflow.setPaths(network.path(towards, subflow.receiver, gate), network.path(back, subflow.sender));
      const handshake = new Handshake(network, { linearTimeouts, join }, gate, () => {
        this.established(subflow, join);
      });
      handshake.toResponder = network.path(towards, handshake.responder, gate);
      handshake.toInitiator = network.path(back, handshake.initiator);
      return [subflow, handshake];
    };
    const { atCloudlet1, atCloudlet2 } = guest;
    const { deviceAtCloudlet1, deviceAtCloudlet2, vm3Old, vm3Next } = Address;
    [this.first, this.firstHandshake] = lay(
      deviceAtCloudlet1,
      vm3Old,
      access1.forward,
      access1.back,
      atCloudlet1,
      false,
    );
    [this.overWan, this.wanHandshake] = lay(
      deviceAtCloudlet2,
      vm3Old,
      [...access2.forward, ...wan.back],
      [...wan.forward, ...access2.back],
      atCloudlet1,
      true,
    );
    [this.direct, this.directHandshake] = lay(
      deviceAtCloudlet2,
      vm3Next,
      access2.forward,
      access2.back,
      atCloudlet2,
      true,
    );
  }

  /** MP_CAPABLE from the device's address on cloudlet 1. */
  connect(): void {
    this.firstHandshake.connect();
  }

  /** The device's new address: MP_JOIN over the WAN. */
  joinOverWan(): void {
    this.wanHandshake.connect();
  }

  /** VM3 advertises its next address; the device starts to join it as soon as it hears of it. */
  advertiseNext(): void {
    const { network, wan, access2 } = this.topology;
    const ear = {
      receive: (packet: number) => {
        network.packets.giveBack(packet);
        if (this.directHandshake.state !== "idle") return;
        this.addAddrSeen++;
        this.directHandshake.connect();
      },
    };
    this.signal([...wan.forward, ...access2.back], ear, this.guest.atCloudlet1);
  }

  /** VM3's old interface goes down: REMOVE_ADDR on the subflow that is left. */
  withdrawOld(): void {
    const { network, access2 } = this.topology;
    const ear = {
      receive: (packet: number) => {
        network.packets.giveBack(packet);
        this.removeAddrSeen++;
        this.connection.close(this.overWan);
      },
    };
    this.signal(access2.back, ear, this.guest.atCloudlet2);
  }

  stop(): void {
    for (const handshake of [this.firstHandshake, this.wanHandshake, this.directHandshake])
      handshake.abandon();
    this.connection.stop();
  }

  get joinFailed(): boolean {
    return this.directHandshake.state === "failed";
  }

  get synsToNextAddress(): number {
    return this.directHandshake.synsSent;
  }

  /**
   * What `ss` and `nstat` would show of the connection. A model's token is the same by construction.
   *
   * @param moves whether the connection had to last through the device's and VM3's moves.
   */
  evidence(moves: boolean): MptcpEvidence {
    const { first, overWan, direct, connection } = this;
    const findings = !moves
      ? []
      : [
          ...(first.receiver.readBytes > 0 ? [] : ["no data crossed the first subflow"]),
          ...(overWan.receiver.readBytes > 0 ? [] : ["no data crossed the subflow over the WAN"]),
          ...(direct.receiver.readBytes > 0 ? [] : ["no data crossed the subflow to VM3's next address"]),
        ];
    return {
      tokenBefore: "simulated",
      tokenAfter: "simulated",
      counters: {
        MPTcpExtMPCapableSYNTX: 1,
        MPTcpExtMPJoinSynTx: this.wanHandshake.synsSent + this.directHandshake.synsSent,
        MPTcpExtMPJoinSynAckRx: this.joins,
        MPTcpExtAddAddr: this.addAddrSeen,
        MPTcpExtRmAddr: this.removeAddrSeen,
        TcpRetransSegs: connection.retransmissions,
        ReinjectedBytes: connection.reinjectedBytes,
      },
      findings,
    };
  }

  private established(subflow: Subflow, join: boolean): void {
    if (join) this.joins++;
    this.connection.establish(subflow);
    // The device deletes the endpoint of the address it left: REMOVE_ADDR, and its data is sent again.
    if (subflow === this.overWan) this.connection.close(this.first);
    this.onJoined(subflow);
  }

  /** An MPTCP option on a bare acknowledgement from VM3. */
  private signal(links: readonly ShapedLink[], ear: { receive(packet: number): void }, gate: Gate): void {
    if (!gate.open) return;
    const { network } = this.topology;
    const packet = network.packets.take();
    network.packets.wireBytes[packet] = 90;
    network.packets.payloadBytes[packet] = 0;
    network.packets.segments[packet] = 0;
    network.send(packet, network.path(links, ear));
  }
}
