import type { Cell } from "../../experiment/plan.js";
import type { Flow } from "../../experiment/schema.js";
import {
  EventName,
  type InterfaceState,
  type LinkMeasurement,
  type MigrationOutcome,
  type MptcpEvidence,
} from "../../record/schema.js";
import { type MigrationSample, noSeries, type PingSample, type SubflowSample } from "../../record/series.js";
import type { Observation } from "../contract.js";
import { Random } from "./engine/random.js";
import { msFromNs, nsFromMs, TimerQueue } from "./engine/timer-queue.js";
import { Guest } from "./guest/guest.js";
import { GuestMemory, PAGE_BYTES } from "./guest/memory.js";
import { Address, HandoverConnection } from "./handover.js";
import { alwaysOpen } from "./link/network.js";
import { linkMeasurement } from "./link-measurement.js";
import type { Hypervisor } from "./migration/hypervisor.js";
import { ModernQemu } from "./migration/modern.js";
import { Qemu10 } from "./migration/qemu-1.0.js";
import { MigrationStream } from "./migration/stream.js";
import {
  IperfLog,
  migrationSample,
  pingSamples,
  probeSamples,
  Sampler,
  subflowSample,
} from "./observation.js";
import type { SimulationParameters } from "./parameters.js";
import { EchoProbe, EchoResponder } from "./probe/echo-probe.js";
import { ProbePair } from "./probe/probe-pair.js";
import { cloudletsSocket, iperfSocket, migrationSocket } from "./sockets.js";
import { BulkFlow } from "./tcp/bulk-flow.js";
import { Topology } from "./topology.js";
import { DeviceWalk } from "./walk/device-walk.js";
import type { Move } from "./walk/networks.js";

/** Longest that the harness waits for the connection to continue after a migration, ms of simulated time. */
const HANDOVER_PATIENCE_MS = 150_000;
/** A migration that is still under way after a simulated hour is cancelled. */
const MIGRATION_PATIENCE_MS = 3_600_000;

/** What there is to say of MPTCP where the device opened no connection. */
const NO_CONNECTION: MptcpEvidence = { tokenBefore: null, tokenAfter: null, counters: {}, findings: [] };

/** One cell, simulated: the scenario's steps over the model. Synchronous; time passes only inside `wait` and its like. */
export class CellSimulation {
  readonly timers = new TimerQueue();
  readonly topology: Topology;
  readonly guest: Guest;
  readonly memory: GuestMemory;

  private readonly random: Random;
  private readonly handover: HandoverConnection;
  /** Where the device walks and VM3 stays: then nothing else is simulated. */
  private readonly walk: DeviceWalk | undefined;
  private readonly probe: ProbePair;
  private readonly ping: ProbePair;
  private readonly pathPings: PingSample[] = [];
  private readonly iperf: IperfLog[] = [];
  private betweenCloudlets: BulkFlow | undefined;
  /** Whether the device opens a connection that goes through the handover; else it only probes. */
  private readonly deviceFlow: boolean;
  private readonly samplers: Sampler[] = [];
  private readonly events: Observation["events"][number][] = [];
  private readonly migrationSamples: MigrationSample[] = [];
  private readonly subflowSamples: SubflowSample[] = [];
  private hypervisor: Hypervisor | undefined;
  private deviceAt: 1 | 2 | undefined = 1;
  private nextAdopted = false;
  private oldInterfaceDown = false;
  private dirtiedUpToNs = 0;
  private receivedUpTo = 0;

  constructor(
    private readonly cell: Cell,
    private readonly parameters: SimulationParameters,
  ) {
    this.deviceFlow = cell.scenario === "handover" && cell.workload.flows.includes("device");
    this.random = new Random(cell.seed);
    this.topology = new Topology(cell, parameters, this.timers);
    this.guest = new Guest(this.topology.network, parameters.path.tapQueuePackets);
    this.memory = new GuestMemory(cell.guest, parameters.guest, cell.workload.writer, this.random);
    this.handover = new HandoverConnection(
      this.topology,
      this.guest,
      cell,
      iperfSocket(cell, parameters),
      (subflow) => {
        this.note(EventName.SubflowJoined, "device", { path: subflow.name });
      },
    );
    if (cell.scenario === "device-handover") {
      const socket = iperfSocket(cell, parameters);
      this.walk = new DeviceWalk(
        cell,
        parameters,
        socket,
        this.topology,
        this.guest,
        this.random,
        this.note.bind(this),
      );
    }
    const { probe } = parameters;
    this.probe = new ProbePair(this.topology, this.guest, probe.probeIntervalMs, probe.echoBytes);
    this.ping = new ProbePair(this.topology, this.guest, probe.pingIntervalMs, probe.echoBytes);
  }

  nowMs(): number {
    return msFromNs(this.timers.nowNs);
  }

  wait(ms: number): void {
    this.timers.runUntil(this.timers.nowNs + nsFromMs(ms));
  }

  measureLink(): LinkMeasurement {
    return linkMeasurement(this.nowMs(), this.cell, this.topology.wan.settings);
  }

  startProbes(): void {
    this.note(EventName.ProbesStarted, "harness");
    const { random, parameters } = this;
    if (this.walk !== undefined) {
      this.startFlow(this.walk);
      return;
    }
    this.probe.start(random.between(0, parameters.probe.probeIntervalMs));
    this.ping.start(random.between(0, parameters.probe.pingIntervalMs));
    this.probe.deviceAt(1);
    this.ping.deviceAt(1);
    if (this.deviceFlow) this.startFlow(this.handover);
    if (this.cell.workload.flows.includes("cloudlets")) this.startBetweenCloudlets();
  }

  observeRtt(flow: Flow, ms: number): void {
    const { topology, parameters } = this;
    const { pathPingIntervalMs, echoBytes } = parameters.probe;
    const ping = new EchoProbe(topology.network, pathPingIntervalMs, echoBytes);
    const { network, wan, access1 } = topology;
    const [gate, towards, back] =
      flow === "device"
        ? [this.guest.atCloudlet1, access1.forward, access1.back]
        : [alwaysOpen, wan.back, wan.forward];
    const responder = new EchoResponder(network, gate);
    responder.path = network.path(back, ping);
    ping.path = network.path(towards, responder, gate);
    ping.start(this.random.between(0, pathPingIntervalMs));
    this.wait(ms);
    ping.stop();
    this.pathPings.push(...pingSamples(flow === "device" ? "old" : "vm1", ping));
  }

  observeThroughput(flow: Flow, ms: number): void {
    const samplers = flow === "device" ? this.startFlow(this.handover) : [this.startBetweenCloudlets()];
    if (flow === "device") this.note(EventName.FlowStarted, "device", { flow });
    this.wait(ms);
    if (flow === "device") {
      this.note(EventName.FlowEnded, "device", { flow });
      this.handover.stop();
    } else this.endBetweenCloudlets();
    for (const sampler of samplers) sampler.stop();
  }

  moveDevice(move: Move): void {
    this.walk?.carryOut(move);
  }

  detachDevice(): void {
    this.note(EventName.DeviceDetached, "harness");
    this.deviceAt = undefined;
    this.topology.access1.setDown();
    this.probe.deviceAt(undefined);
    this.ping.deviceAt(undefined);
  }

  attachDevice(): void {
    this.note(EventName.DeviceAttached, "harness");
    this.deviceAt = 2;
    this.topology.access2.setUp();
    this.probe.deviceAt(2);
    this.ping.deviceAt(2);
    if (this.deviceFlow) this.handover.joinOverWan();
  }

  adoptNextAddress(): string {
    this.nextAdopted = true;
    if (this.deviceFlow) this.handover.advertiseNext();
    this.note(EventName.NextAddressAdvertised, this.deviceFlow ? "guest" : "harness", {
      address: Address.vm3Next,
    });
    return Address.vm3Next;
  }

  migrate(): MigrationOutcome {
    const { timers, cell, parameters } = this;
    this.dirtiedUpToNs = timers.nowNs;
    this.receivedUpTo = this.handover.connection.receivedBytes;
    this.guest.awaitAtCloudlet2();
    this.note(EventName.MigrationStarted, "harness");
    const hypervisor = this.startHypervisor();
    const look = (tMs: number): void => {
      this.migrationSamples.push(migrationSample(hypervisor, tMs));
    };
    const sampler = this.sample(parameters.probe.qmpIntervalMs, look);
    look(this.nowMs());
    const deadline = timers.nowNs + nsFromMs(MIGRATION_PATIENCE_MS);
    if (!timers.runWhile(() => !hypervisor.finished, deadline))
      hypervisor.cancel("still under way after an hour");
    sampler.stop();
    look(this.nowMs());
    this.note(EventName.MigrationEnded, "qmp-source", { status: hypervisor.status });
    // The source is done; the destination may still be reading.
    if (hypervisor.status === "completed") {
      timers.runWhile(() => hypervisor.resumeNs === 0, timers.nowNs + nsFromMs(MIGRATION_PATIENCE_MS));
    }
    return migrationOutcome(hypervisor, cell.profile.migration.downtimeLimitMs.value);
  }

  /** Waits until the new subflow has carried data, then takes VM3's old interface down. */
  completeHandover(): void {
    const { connection, direct } = this.handover;
    if (this.deviceFlow) {
      const deadline = this.timers.nowNs + nsFromMs(HANDOVER_PATIENCE_MS);
      this.timers.runWhile(() => direct.sender.queue.una === 0 && !this.handover.joinFailed, deadline);
    }
    const acknowledged = connection.acknowledgedBytes;
    this.oldInterfaceDown = true;
    if (this.deviceFlow) this.handover.withdrawOld();
    this.note(EventName.OldInterfaceDown, "guest");
    if (direct.state !== "established") return;
    const deadline = this.timers.nowNs + nsFromMs(HANDOVER_PATIENCE_MS);
    this.timers.runWhile(() => connection.acknowledgedBytes === acknowledged, deadline);
  }

  /** Thesis Tables 4.5 to 4.8. */
  interfaces(): InterfaceState[] {
    const up = (address: string) => ({ state: "UP" as const, address: `${address}/24` });
    const down = { state: "DOWN" as const, address: null };
    const inactive = { state: "UP (inactive)" as const, address: `${Address.vm3Next}/24` };
    const vm3Next = this.guest.atCloudlet2.open ? up(Address.vm3Next) : inactive;
    return [
      { vm: "VM3", interface: "eth0", ...(this.oldInterfaceDown ? down : up(Address.vm3Old)) },
      { vm: "VM3", interface: "eth1", ...(this.nextAdopted ? vm3Next : down) },
      { vm: "VM4", interface: "eth0", ...(this.deviceAt === 1 ? up(Address.deviceAtCloudlet1) : down) },
      { vm: "VM4", interface: "eth1", ...(this.deviceAt === 2 ? up(Address.deviceAtCloudlet2) : down) },
    ];
  }

  finish(): Observation {
    if (this.betweenCloudlets !== undefined) this.endBetweenCloudlets();
    this.note(EventName.ProbesStopped, "harness");
    this.probe.stop();
    this.ping.stop();
    this.handover.stop();
    this.walk?.stop();
    for (const sampler of this.samplers) sampler.stop();
    return {
      series: {
        ...noSeries,
        signal: this.walk?.signals ?? [],
        burst: this.walk?.bursts ?? [],
        probe: probeSamples(this.probe.old, this.probe.next),
        ping: [
          ...pingSamples("old", this.ping.old),
          ...pingSamples("next", this.ping.next),
          ...this.pathPings,
        ].sort((a, b) => a.sentMs - b.sentMs),
        iperf: this.iperf.flatMap(({ samples }) => samples),
        migration: this.migrationSamples,
        subflow: this.subflowSamples,
      },
      events: this.events,
      evidence: {
        mptcp: this.mptcpEvidence(),
        addresses: { old: Address.vm3Old, next: Address.vm3Next },
        oneWayDelayMs: this.topology.oneWayDelayMs(),
        ...(this.memory.written === undefined ? {} : { writer: this.memory.written }),
      },
    };
  }

  private mptcpEvidence(): MptcpEvidence {
    if (this.walk !== undefined) return this.walk.evidence();
    return this.cell.workload.flows.includes("device")
      ? this.handover.evidence(this.deviceFlow)
      : NO_CONNECTION;
  }

  /** iperf over MPTCP and what watches it. */
  private startFlow(flow: Pick<HandoverConnection, "connection" | "connect">): Sampler[] {
    flow.connect();
    return [
      this.log(new IperfLog("device", flow.connection)),
      this.sample(this.parameters.probe.subflowIntervalMs, (tMs) => {
        this.subflowSamples.push(subflowSample(flow.connection, tMs));
      }),
    ];
  }

  /** iperf from VM2 to VM1, against the direction of the migration. */
  private startBetweenCloudlets(): Sampler {
    const { network, wan } = this.topology;
    const socket = cloudletsSocket(this.cell, this.parameters);
    const flow = new BulkFlow(network, socket, wan.back, wan.forward);
    this.betweenCloudlets = flow;
    this.note(EventName.FlowStarted, "vm2", { flow: "cloudlets" });
    flow.connect();
    return this.log(new IperfLog("cloudlets", flow));
  }

  private endBetweenCloudlets(): void {
    this.note(EventName.FlowEnded, "vm2", { flow: "cloudlets" });
    this.betweenCloudlets?.stop();
    this.betweenCloudlets = undefined;
  }

  private log(iperf: IperfLog): Sampler {
    this.iperf.push(iperf);
    iperf.start(this.nowMs());
    return this.sample(this.parameters.probe.iperfIntervalMs, (tMs) => {
      iperf.look(tMs);
    });
  }

  private startHypervisor(): Hypervisor {
    const { topology, cell, parameters, timers } = this;
    const stream = new MigrationStream(
      topology.network,
      migrationSocket(cell, parameters),
      topology.wan.forward,
      topology.wan.back,
      () => {
        this.hypervisor?.connected();
      },
    );
    const { maxBandwidthBytesPerS, downtimeLimitMs } = cell.profile.migration;
    const context = {
      timers,
      stream,
      memory: this.memory,
      guest: this.guest,
      parameters: parameters.hypervisor,
      settings: {
        maxBandwidthBytesPerS: maxBandwidthBytesPerS.value,
        downtimeLimitMs: downtimeLimitMs.value,
      },
      random: this.random,
      hooks: {
        stopped: () => {
          this.note(EventName.GuestStopped, "qmp-source");
        },
        resumed: () => {
          this.note(EventName.GuestResumed, "qmp-destination");
        },
      },
      guestWrites: () => {
        this.guestWrites();
      },
    };
    const hypervisor =
      cell.profile.migration.hypervisor.value === "qemu-1.0" ? new Qemu10(context) : new ModernQemu(context);
    this.hypervisor = hypervisor;
    hypervisor.start();
    return hypervisor;
  }

  /** Tells the memory for how long VM3 ran and what it received since the hypervisor last asked. */
  private guestWrites(): void {
    const nowNs = this.timers.nowNs;
    const received = this.handover.connection.receivedBytes;
    const ranS = this.guest.running ? (nowNs - this.dirtiedUpToNs) / 1e9 : 0;
    this.memory.ran(ranS, received - this.receivedUpTo);
    this.dirtiedUpToNs = nowNs;
    this.receivedUpTo = received;
  }

  private sample(intervalMs: number, look: (nowMs: number) => void): Sampler {
    const sampler = new Sampler(this.timers, intervalMs, look);
    this.samplers.push(sampler);
    sampler.start();
    return sampler;
  }

  private note(name: string, source: string, detail?: Record<string, unknown>): void {
    this.events.push({ tMs: this.nowMs(), source, name, ...(detail === undefined ? {} : { detail }) });
  }
}

function migrationOutcome(hypervisor: Hypervisor, downtimeLimitMs: number): MigrationOutcome {
  const completed = hypervisor.status === "completed";
  const stopMs = hypervisor.stopNs > 0 ? msFromNs(hypervisor.stopNs) : null;
  return {
    status: completed ? "completed" : "cancelled",
    reason: hypervisor.reason === null ? null : `${hypervisor.reason} (downtime limit ${downtimeLimitMs} ms)`,
    commandStartMs: msFromNs(hypervisor.startNs),
    commandEndMs: msFromNs(hypervisor.endNs),
    totalTimeMs: msFromNs(hypervisor.endNs - hypervisor.startNs),
    downtimeMs: completed && stopMs !== null ? msFromNs(hypervisor.endNs - hypervisor.stopNs) : null,
    setupTimeMs: msFromNs(hypervisor.setupNs),
    transferredBytes: hypervisor.transferredBytes,
    normalBytes: hypervisor.normalPages * PAGE_BYTES,
    duplicatePages: hypervisor.duplicatePages,
    dirtySyncCount: hypervisor.passes,
    pageSizeBytes: PAGE_BYTES,
    stopMs: completed ? stopMs : null,
    resumeMs: hypervisor.resumeNs > 0 ? msFromNs(hypervisor.resumeNs) : null,
  };
}
