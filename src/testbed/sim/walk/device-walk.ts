import { linkShaping } from "../../../experiment/link-shaping.js";
import type { CellOf } from "../../../experiment/plan.js";
import { type AccessNetwork, EventName, type MptcpEvidence } from "../../../record/schema.js";
import type { BurstSample, MptcpSignal, SignalSample } from "../../../record/series.js";
import type { SubflowPriority } from "../../contract.js";
import { msFromNs, nsFromMs } from "../engine/timer-queue.js";
import type { Random } from "../engine/random.js";
import type { Guest } from "../guest/guest.js";
import { Address } from "../handover.js";
import { DuplexLink, shapedSettings } from "../link/duplex-link.js";
import type { ShapedLink } from "../link/shaped-link.js";
import { type ConnectionOptions, MptcpConnection } from "../mptcp/connection.js";
import type { Subflow } from "../mptcp/subflow.js";
import { Handshake, Step } from "../mptcp/handshake.js";
import type { SimulationParameters } from "../parameters.js";
import type { Topology } from "../topology.js";
import { BurstLog } from "./bursts.js";
import { lastsNs } from "./give-up.js";
import type { Move } from "./networks.js";

/** The device's address in each network, and the id of its endpoint there: 0 is that of the connection's first. */
const networks = {
  wifi1: { address: Address.deviceAtCloudlet1, endpointId: 0 },
  wifi2: { address: Address.deviceAtCloudlet2, endpointId: 2 },
  cellular: { address: "10.1.3.22", endpointId: 3 },
} as const satisfies Record<AccessNetwork, unknown>;

/** As long as a real device waits for a subflow, ms. */
const JOIN_PATIENCE_MS = 60_000;
/** REMOVE_ADDR has no answer and may be lost: until VM3 has heard, it is said again this often, ms. */
const REPEAT_MS = 1000;
const REPETITIONS = 30;
/** A bare acknowledgement with an MPTCP option, bytes on the wire. */
const SIGNAL_BYTES = 90;

interface Joined {
  readonly subflow: Subflow;
  readonly handshake: Handshake;
  readonly log: BurstLog;
}

/**
 * The device's connection on a walk between networks (thesis 3.3), VM3 at cloudlet 1 all the time. A subflow from each
 * network that the device tells MPTCP of, with the signalling of RFC 8684: MP_CAPABLE, MP_JOIN, MP_PRIO, REMOVE_ADDR.
 */
export class DeviceWalk {
  readonly connection: MptcpConnection;
  readonly signals: SignalSample[] = [];

  private readonly links: Readonly<Partial<Record<AccessNetwork, DuplexLink>>>;
  private readonly subflows = new Map<AccessNetwork, Joined>();
  private readonly here = new Set<AccessNetwork>(["wifi1"]);
  private readonly counters = { joins: 0, syns: 0, removals: 0, priorities: 0 };
  /** When the device left its last network, and with which retransmission timeout. */
  private alone: { readonly sinceNs: number; readonly rtoNs: number } | undefined;
  private ended: string | undefined;

  constructor(
    private readonly cell: CellOf<"device-handover">,
    { path }: SimulationParameters,
    options: ConnectionOptions,
    private readonly topology: Topology,
    private readonly guest: Guest,
    random: Random,
    private readonly note: (name: string, source: string, detail: Record<string, unknown>) => void,
  ) {
    const { access1, access2, network } = topology;
    const { cellular } = cell.walk;
    this.links = {
      wifi1: access1,
      wifi2: access2,
      ...(cellular === undefined
        ? {}
        : {
            cellular: new DuplexLink(
              network,
              shapedSettings(linkShaping(cellular, cell.profile.link), path),
              () => random.between(-nsFromMs(cellular.jitterMs), nsFromMs(cellular.jitterMs)),
            ),
          }),
    };
    this.connection = new MptcpConnection(network, options);
  }

  /** MP_CAPABLE from the first Wi-Fi network, in which the device is already. */
  connect(): void {
    this.tell(EventName.NetworkEntered, "wifi1");
    this.open("wifi1", "regular");
  }

  carryOut(move: Move): void {
    switch (move.kind) {
      case "enter":
        this.enter(move.network);
        break;
      case "leave":
        this.leave(move.network);
        break;
      case "join":
        this.open(move.network, move.priority);
        this.tell(EventName.SubflowJoined, move.network, { priority: move.priority });
        break;
      case "withdraw":
        this.withdraw(move.network);
        break;
      case "abandon":
        this.tell(EventName.SubflowWithdrawn, move.network);
        this.close(move.network);
        // Of a subflow that was removed no timer is left that would end the connection (docs/outliving-a-walk.md).
        this.alone = undefined;
        break;
      case "prioritise":
        this.prioritise(move.network, move.priority);
        break;
    }
  }

  stop(): void {
    this.connection.stop();
    for (const { handshake, log } of this.subflows.values()) {
      handshake.abandon();
      log.end();
    }
  }

  get bursts(): BurstSample[] {
    return [...this.subflows.values()].flatMap(({ log }) => log.bursts).sort((a, b) => a.startMs - b.startMs);
  }

  /** What `ss` and `nstat` would show. A model's token is the same by construction. */
  evidence(): MptcpEvidence {
    const { counters, connection } = this;
    const silent = [...this.subflows.values()]
      .filter(({ subflow }) => !subflow.backup && subflow.receiver.readBytes === 0)
      .map(({ subflow }) => `no data crossed the subflow ${subflow.name}`);
    return {
      tokenBefore: "simulated",
      tokenAfter: this.ended === undefined ? "simulated" : null,
      counters: {
        MPTcpExtMPCapableSYNTX: 1,
        MPTcpExtMPJoinSynTx: counters.syns,
        MPTcpExtMPJoinSynAckRx: counters.joins,
        MPTcpExtRmAddrTx: counters.removals,
        MPTcpExtMPPrioTx: counters.priorities,
        TcpRetransSegs: connection.retransmissions,
        ReinjectedBytes: connection.reinjectedBytes,
      },
      findings: this.ended === undefined ? silent : [this.ended],
    };
  }

  private enter(network: AccessNetwork): void {
    this.tell(EventName.NetworkEntered, network);
    this.linkOf(network).setUp();
    this.here.add(network);
    if (this.alone !== undefined) this.endIfTooLong(this.alone);
    this.alone = undefined;
  }

  private leave(network: AccessNetwork): void {
    this.tell(EventName.NetworkLeft, network);
    this.linkOf(network).setDown();
    this.here.delete(network);
    if (this.here.size > 0) return;
    const rtoNs = this.subflows.get(network)?.subflow.sender.rtt.timeoutNs ?? 0;
    this.alone = { sinceNs: this.nowNs, rtoNs };
  }

  private endIfTooLong({ sinceNs, rtoNs }: { readonly sinceNs: number; readonly rtoNs: number }): void {
    const lastedNs = lastsNs(rtoNs);
    if (this.nowNs - sinceNs < lastedNs) return;
    this.connection.stop();
    this.ended = `the connection ended ${(lastedNs / 1e9).toFixed(1)} s after the device had left its last network: TCP gave its subflow up, and MPTCP the connection without one`;
  }

  /** Lays a subflow and waits until it is established, or the device's patience is over. */
  private open(network: AccessNetwork, priority: SubflowPriority): void {
    if (this.ended !== undefined) return;
    const { topology, connection, guest } = this;
    const [towards, back] = this.route(network);
    const join = this.subflows.size > 0;
    const gate = guest.atCloudlet1;
    const subflow = connection.addSubflow(this.pathOf(network), gate);
    subflow.backup = priority === "backup";
    const log = new BurstLog(topology.network, subflow.name, () => this.here.has(network));
    subflow.setPaths(
      topology.network.path([log, ...towards], subflow.receiver, gate),
      topology.network.path(back, subflow.sender),
    );
    const linearTimeouts = this.cell.profile.handover.synLinearTimeouts.value;
    const onStep = (step: Step): void => {
      this.logStep(network, step, join, subflow.backup);
    };
    let established = false;
    const handshake = new Handshake(topology.network, { linearTimeouts, join, onStep }, gate, () => {
      established = true;
      connection.establish(subflow);
    });
    handshake.toResponder = topology.network.path(towards, handshake.responder, gate);
    handshake.toInitiator = topology.network.path(back, handshake.initiator);
    this.subflows.set(network, { subflow, handshake, log });
    handshake.connect();
    this.until(() => established, JOIN_PATIENCE_MS);
    if (join) {
      this.counters.joins++;
      this.counters.syns += handshake.synsSent;
    }
  }

  /** Takes the subflow off the connection, and says so on another one until VM3 has heard. */
  private withdraw(network: AccessNetwork): void {
    this.tell(EventName.SubflowWithdrawn, network);
    this.close(network);
    const over = [...this.subflows].find(([, { subflow }]) => subflow.state === "established")?.[0];
    if (over === undefined) return;
    this.counters.removals++;
    const vm3 = { heard: false };
    for (let said = 0; said < REPETITIONS && !vm3.heard; said++) {
      this.say(over, "REMOVE_ADDR", `address ${networks[network].endpointId}`, () => (vm3.heard = true));
      this.until(() => vm3.heard, REPEAT_MS);
    }
  }

  private prioritise(network: AccessNetwork, priority: SubflowPriority): void {
    this.tell(EventName.PriorityChanged, network, { priority });
    const subflow = this.subflows.get(network)?.subflow;
    if (subflow === undefined) return;
    this.counters.priorities++;
    this.say(network, "MP_PRIO", priority, () => undefined);
    this.connection.prioritise(subflow, priority === "backup");
  }

  private close(network: AccessNetwork): void {
    const joined = this.subflows.get(network);
    if (joined !== undefined) this.connection.close(joined.subflow);
  }

  /** From the device to VM3 and back. The Wi-Fi networks are the cloudlets' LANs; 3G/4G ends at cloudlet 1. */
  private route(network: AccessNetwork): [towards: readonly ShapedLink[], back: readonly ShapedLink[]] {
    const { forward, back } = this.linkOf(network);
    const { wan } = this.topology;
    return network === "wifi2"
      ? [
          [...forward, ...wan.back],
          [...wan.forward, ...back],
        ]
      : [forward, back];
  }

  private linkOf(network: AccessNetwork): DuplexLink {
    const link = this.links[network];
    if (link === undefined) throw new Error(`the cell has no network ${network}`);
    return link;
  }

  private say(network: AccessNetwork, signal: MptcpSignal, detail: string, onHeard: () => void): void {
    const { packets } = this.topology.network;
    const packet = packets.take();
    packets.wireBytes[packet] = SIGNAL_BYTES;
    packets.payloadBytes[packet] = 0;
    packets.segments[packet] = 0;
    const ear = {
      receive: (heard: number): void => {
        packets.giveBack(heard);
        onHeard();
      },
    };
    this.log(network, "device", signal, detail);
    const [towards] = this.route(network);
    this.topology.network.send(packet, this.topology.network.path(towards, ear, this.guest.atCloudlet1));
  }

  private logStep(network: AccessNetwork, step: Step, join: boolean, backup: boolean): void {
    const signal = join ? "MP_JOIN" : "MP_CAPABLE";
    const mark = backup ? " backup" : "";
    if (step === Step.Syn) this.log(network, "device", signal, `SYN${mark}`);
    if (step === Step.SynAck) this.log(network, "vm3", signal, "SYN/ACK");
    if (step === Step.ThirdAck) this.log(network, "device", signal, "ACK");
  }

  private log(
    network: AccessNetwork,
    sender: SignalSample["sender"],
    signal: MptcpSignal,
    detail: string,
  ): void {
    const path = this.pathOf(network);
    this.signals.push({ tMs: msFromNs(this.nowNs), connection: "data", sender, path, signal, detail });
  }

  private tell(name: string, network: AccessNetwork, more: Record<string, unknown> = {}): void {
    this.note(name, "device", { network, address: networks[network].address, ...more });
  }

  private pathOf(network: AccessNetwork): string {
    return `${networks[network].address}>${Address.vm3Old}`;
  }

  private until(reached: () => boolean, patienceMs: number): void {
    this.topology.network.timers.runWhile(() => !reached(), this.nowNs + nsFromMs(patienceMs));
  }

  private get nowNs(): number {
    return this.topology.network.timers.nowNs;
  }
}
