import type { Cell } from "../experiment/plan.js";
import type { Flow } from "../experiment/schema.js";
import type { GuestAgent } from "../guest/agent.js";
import type { Guest } from "../guest/guest.js";
import {
  EventName,
  type InterfaceState,
  type LinkMeasurement,
  type MigrationOutcome,
} from "../record/schema.js";
import type { CapturedPackets } from "../record/packet-capture.js";
import type { MigrationSample } from "../record/series.js";
import type { CellSession, Observation } from "../testbed/contract.js";
import { CellClock } from "./cell-clock.js";
import { witnessSignals, type WitnessedSignals } from "./signal-capture.js";
import { LabDeviceNetworks } from "./network/device-networks.js";
import { attachSecond, detachFirst, withdrawFirstAddress } from "./network/device.js";
import type { DeviceConnection } from "./flow/connection.js";
import { Flows } from "./flow/flows.js";
import { parseInterfaces } from "./network/interfaces.js";
import type { Lab } from "./lab.js";
import { nextOddAddress } from "../address-plan/next-odd-address.js";
import { cloudlets, device, vm3, type Place } from "./network/layout.js";
import { hostsOf } from "./network/topology.js";
import { measureLink } from "./network/link-measurement.js";
import type { MemoryWriter } from "./vm3/memory-writer.js";
import { MemoryShortage } from "./memory-shortage.js";
import { migrateGuest } from "./vm3/migration.js";
import { PacketCapture } from "./packet-capture.js";
import { Probes } from "./probes.js";
import { shapingOf } from "./network/shaper.js";
import { parseSysctls, sysctlCommand } from "./network/sysctls.js";
import {
  adoptAddress,
  advertiseAgain,
  dropOldAddress,
  hasForgotten,
  untilForeignPeer,
} from "./vm3/vm3-addresses.js";

/** MPTCP's signals travel on acknowledgements, which nobody sends again; the kernel repeats ADD_ADDR each second, a few times. */
const INSISTENCE = { everyMs: 20, againMs: 5000, patienceMs: 60_000 } as const;

/** The QEMUs of a cell: VM3 where the cell uses it, what writes its memory, and its destination where it migrates. */
interface CellGuests {
  readonly source?: Guest | undefined;
  readonly writer?: MemoryWriter | undefined;
  readonly destination?: Guest | undefined;
}

/** Where the device's packets are captured, and whether the record keeps them. */
interface CaptureOptions {
  readonly file: string;
  readonly kept: boolean;
}

/** One cell in progress on the lab's machines. */
export class LabCell implements CellSession {
  private readonly probes: Probes;
  private readonly flows: Flows;
  private readonly capture: PacketCapture | undefined;
  readonly networks: LabDeviceNetworks;
  private readonly events: Observation["events"][number][] = [];
  private readonly migrationSamples: MigrationSample[] = [];
  private place: Place = "vm1";
  private nextAddress: string;

  private constructor(
    private readonly lab: Lab,
    private readonly cell: Cell,
    private readonly guests: CellGuests,
    private readonly clock: CellClock,
    private readonly memory: MemoryShortage,
    private readonly signal: AbortSignal,
    private readonly release: () => Promise<void>,
    /** Where the device's packets are captured, if they are. */
    private readonly captureOptions: CaptureOptions | undefined,
  ) {
    if (captureOptions !== undefined) {
      this.capture = new PacketCapture(lab.namespaces.vm4, captureOptions.file, clock);
    }
    this.probes = new Probes(lab.namespaces.vm4, clock);
    this.flows = new Flows({ namespaces: lab.namespaces, cell, clock, signal }, this.note.bind(this));
    this.nextAddress = nextOddAddress(device.vm2.address);
    this.networks = new LabDeviceNetworks({
      vm4: lab.namespaces.vm4,
      untilJoined: (address) => this.connection.untilJoined(address, vm3.initialAddress),
      untilForgotten: async (address, withdraw) => {
        const agent = await this.source.agent();
        await this.clock.insist(withdraw, () => hasForgotten(agent, address), {
          ...INSISTENCE,
          otherwise: `VM3 did not hear that the device's address ${address} is gone`,
        });
      },
      note: this.note.bind(this),
    });
  }

  /** Time begins with it. */
  static async begin(
    lab: Lab,
    cell: Cell,
    guests: CellGuests,
    signal: AbortSignal,
    release: () => Promise<void>,
    capture?: CaptureOptions,
  ): Promise<LabCell> {
    const hosts = hostsOf(lab.namespaces);
    const memory = await MemoryShortage.watch(hosts);
    const clock = await CellClock.start(hosts, signal);
    return new LabCell(lab, cell, guests, clock, memory, signal, release, capture);
  }

  get startedAt(): string {
    return this.clock.startedAt;
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  wait(ms: number): Promise<void> {
    return this.clock.wait(ms);
  }

  async measureLink(): Promise<LinkMeasurement> {
    const { sysctls, ...measured } = await measureLink(this.lab, this.cell.wan, this.signal);
    const vm3 = await (this.place === "vm1" ? this.guests.source : this.guests.destination)?.agent();
    // busybox ends with 1 where a kernel lacks one of them, after the others.
    const inVm3 = vm3 && parseSysctls(await vm3.exec(sysctlCommand("busybox", "sysctl"), { accept: [1] }));
    return {
      atMs: this.nowMs(),
      ...measured,
      sysctls: { ...sysctls, ...(inVm3 === undefined ? {} : { vm3: inVm3 }) },
    };
  }

  async startProbes(): Promise<void> {
    await this.capture?.start();
    await this.flows.start(this.cell.workload.flows);
    this.note(EventName.ProbesStarted, "harness");
    if (this.cell.scenario === "device-handover") this.networks.begin();
  }

  observeRtt(flow: Flow, ms: number): Promise<void> {
    return this.flows.observeRtt(flow, ms);
  }

  observeThroughput(flow: Flow, ms: number): Promise<void> {
    return this.flows.observeThroughput(flow, ms);
  }

  async detachDevice(): Promise<void> {
    this.note(EventName.DeviceDetached, "device");
    await detachFirst(this.lab.namespaces.vm4);
  }

  async attachDevice(): Promise<void> {
    const { vm4 } = this.lab.namespaces;
    this.note(EventName.DeviceAttached, "device");
    await attachSecond(vm4, this.nextAddress);
    this.probes.startReachability(vm3.initialAddress);
    const { connection } = this.flows;
    if (connection === undefined) return;
    await connection.untilJoined(device.vm2.address, vm3.initialAddress);
    const agent = await this.source.agent();
    await this.clock.insist(
      () => withdrawFirstAddress(vm4),
      () => hasForgotten(agent, device.vm1.address),
      { ...INSISTENCE, otherwise: "VM3 did not hear that the device's first address is gone" },
    );
  }

  async adoptNextAddress(): Promise<string> {
    const agent = await this.source.agent();
    const { connection } = this.flows;
    // A device that only pings is no peer of VM3's: the harness then tells VM3 the address.
    const noticed = connection === undefined ? null : await untilForeignPeer(agent, this.place, this.clock);
    if (noticed !== null) this.nextAddress = nextOddAddress(noticed);
    await adoptAddress(agent, this.nextAddress, "vm2");
    this.note(EventName.NextAddressAdvertised, noticed === null ? "harness" : "guest", {
      address: this.nextAddress,
      noticed,
    });
    if (connection !== undefined) await this.untilHeard(agent, connection);
    this.probes.probe("next", this.nextAddress);
    return this.nextAddress;
  }

  async migrate(): Promise<MigrationOutcome> {
    this.note(EventName.MigrationStarted, "harness");
    const outcome = await migrateGuest(
      this.source,
      this.destination,
      "vm2",
      this.cell,
      {
        nowMs: () => this.nowMs(),
        epochUnixMs: (place) => this.clock.epochUnixMs(place),
        sample: (sample) => this.migrationSamples.push(sample),
        event: (source, tMs, { name, data }) => this.events.push({ tMs, source, name, detail: data }),
        obstacle: () => this.lab.obstacle(),
      },
      this.signal,
    );
    if (outcome.stopMs !== null) {
      this.events.push({ tMs: outcome.stopMs, source: "qmp-source", name: EventName.GuestStopped });
    }
    if (outcome.resumeMs !== null) {
      this.events.push({ tMs: outcome.resumeMs, source: "qmp-destination", name: EventName.GuestResumed });
    }
    this.events.push({ tMs: outcome.commandEndMs, source: "harness", name: EventName.MigrationEnded });
    if (outcome.status === "completed") this.place = "vm2";
    return outcome;
  }

  async completeHandover(): Promise<void> {
    const { connection } = this.flows;
    if (connection === undefined) {
      await this.untilAnswered(this.nextAddress);
    } else {
      await connection.untilJoined(device.vm2.address, this.nextAddress);
      this.note(EventName.SubflowJoined, "device", { path: `${device.vm2.address}>${this.nextAddress}` });
    }
    await dropOldAddress(await this.destination.agent(), vm3.initialAddress, "vm2");
    this.note(EventName.OldInterfaceDown, "guest");
  }

  async interfaces(): Promise<InterfaceState[]> {
    const agent = await this.guest.agent();
    const show = ["ip", "-j", "address", "show"] as const;
    return [
      ...parseInterfaces(await agent.exec([...show]), "VM3", [cloudlets[this.place].lan]),
      ...parseInterfaces(await this.lab.namespaces.vm4.exec([...show]), "VM4", [
        cloudlets.vm1.lan,
        cloudlets.vm2.lan,
      ]),
    ];
  }

  async finish(): Promise<Observation> {
    await this.memory.demandNone();
    if (this.cell.scenario !== "throughput") {
      this.note(EventName.ProbesStopped, "harness");
      await this.flows.end();
      await this.probes.stop();
    }
    const captured = await this.capture?.stop();
    const writer = await this.guests.writer?.stop(await this.guest.agent());
    const clocks = await this.clock.finish();
    const addresses = { old: vm3.initialAddress, next: this.nextAddress };
    await this.probes.assertNothingMissed(addresses);
    const signals = await this.signals(captured);
    const mptcp = this.flows.evidence(this.place === "vm2");
    return {
      series: {
        probe: this.probes.probeSeries(addresses),
        ping: [...this.flows.pingSeries, ...this.probes.pingSeries],
        iperf: this.flows.iperfSeries,
        migration: this.migrationSamples,
        subflow: this.flows.subflowSeries,
        signal: signals?.signalling.signals ?? [],
        burst: signals?.signalling.bursts ?? [],
      },
      events: [...this.events].sort((a, b) => a.tMs - b.tMs),
      evidence: {
        mptcp:
          signals === undefined
            ? mptcp
            : {
                ...mptcp,
                signals: signals.signalling.counts,
                findings: [...mptcp.findings, ...signals.findings],
              },
        addresses,
        oneWayDelayMs: this.oneWayDelays(),
        ...(clocks === undefined ? {} : { clocks }),
        ...(writer === undefined ? {} : { writer }),
      },
      ...(captured === undefined || this.captureOptions?.kept !== true ? {} : { captures: [captured] }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.flows.stop(), this.probes.stop(), this.capture?.stop()]);
    await this.networks.clear();
    await this.release();
  }

  /** Until both connections of iperf3 know VM3's next address; a migration would find one without a way to follow. */
  private async untilHeard(agent: GuestAgent, connection: DeviceConnection): Promise<void> {
    let advertised = true;
    await this.clock.insist(
      async () => {
        if (!advertised) await advertiseAgain(agent, this.nextAddress);
        advertised = false;
      },
      () => connection.isJoining(this.nextAddress),
      { ...INSISTENCE, otherwise: `the device did not hear of VM3's next address ${this.nextAddress}` },
    );
  }

  /** What the capture tells of MPTCP's signals, in cells that are about them. */
  private async signals(captured: CapturedPackets | undefined): Promise<WitnessedSignals | undefined> {
    if (this.cell.scenario !== "device-handover" || captured === undefined) return undefined;
    const { connection } = this.flows;
    if (connection === undefined) return undefined;
    return witnessSignals(captured, {
      walk: this.cell.walk,
      counted: connection.counted,
      isVm3: (address) => address === vm3.initialAddress,
      epochUnixMs: this.clock.epochUnixMs("vm4"),
    });
  }

  private get connection(): DeviceConnection {
    const { connection } = this.flows;
    if (connection === undefined) throw new Error("the device moves between networks without a connection");
    return connection;
  }

  private oneWayDelays() {
    const shaping = shapingOf(this.cell.wan, this.cell.profile.link);
    const accessMs = this.cell.access.rttMs / 2;
    return {
      // The device is on cloudlet 2: towards cloudlet 1 is against the direction of the migration.
      deviceToCloudlet1: accessMs + (shaping?.backward.delayMs ?? 0),
      cloudlet1ToDevice: accessMs + (shaping?.forward.delayMs ?? 0),
      access: accessMs,
    };
  }

  private note(name: string, source: string, detail?: Record<string, unknown>): void {
    this.events.push({ tMs: this.nowMs(), source, name, ...(detail === undefined ? {} : { detail }) });
  }

  /** VM3, where it runs. */
  private get guest(): Guest {
    return this.place === "vm1" ? this.source : this.destination;
  }

  private get source(): Guest {
    return demand(this.guests.source);
  }

  private get destination(): Guest {
    return demand(this.guests.destination);
  }

  private untilAnswered(address: string): Promise<true> {
    return this.clock.until(() => (this.probes.hasAnswered(address) ? true : undefined), {
      everyMs: 10,
      patienceMs: 60_000,
      otherwise: `VM3 did not answer on ${address} within 60 s`,
    });
  }
}

/** A scenario's bug, and nothing that a person could mend. */
function demand(guest: Guest | undefined): Guest {
  if (guest === undefined) throw new Error("a step of a handover in a cell where nothing migrates");
  return guest;
}
