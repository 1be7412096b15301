import { linkShaping } from "../../experiment/link-shaping.js";
import type { Cell } from "../../experiment/plan.js";
import { Failure } from "../../failure.js";
import type { Guest } from "../../guest/guest.js";
import { continuityFindings, counterGrowth, parseCounters } from "../../probe/mptcp.js";
import {
  EventName,
  type InterfaceState,
  type LinkMeasurement,
  type MigrationOutcome,
} from "../../record/schema.js";
import type { MigrationSample } from "../../record/series.js";
import type { CellSession, Observation } from "../contract.js";
import { CellClock } from "./cell-clock.js";
import { attachSecond, detachFirst, withdrawFirstAddress } from "./device.js";
import { parseInterfaces } from "./interfaces.js";
import type { Lab } from "./lab.js";
import { cloudlets, device, IPERF_PORT, lanOf, nextOddAddress, vm3, type Place } from "./layout.js";
import { measureLink } from "./link-measurement.js";
import { migrateGuest } from "./migration.js";
import { Probes } from "./probes.js";
import { adoptAddress, dropOldAddress, peers } from "./vm3.js";

/** iperf3 opens two: its control connection and the data. */
const CONNECTIONS = 2;
const JOIN_PATIENCE_MS = 60_000;

/** One handover in progress on the lab's machines. */
export class NetnsCell implements CellSession {
  private readonly clock: CellClock;
  private readonly probes: Probes;
  private readonly events: Observation["events"][number][] = [];
  private readonly migrationSamples: MigrationSample[] = [];
  private countersBefore: Record<string, number> = {};
  private place: Place = "vm1";
  private nextAddress: string;

  constructor(
    private readonly lab: Lab,
    private readonly cell: Cell,
    private readonly source: Guest,
    private readonly destination: Guest,
    private readonly signal: AbortSignal,
    private readonly release: () => Promise<void>,
  ) {
    this.clock = new CellClock(signal);
    this.probes = new Probes(lab.namespaces.vm4, this.clock);
    this.nextAddress = nextOddAddress(device.vm2.address);
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
    const measured = await measureLink(this.lab, this.cell.wan, this.signal);
    return { atMs: this.nowMs(), ...measured };
  }

  async startProbes(): Promise<void> {
    this.countersBefore = await this.counters();
    await this.probes.startIperf({
      server: vm3.initialAddress,
      port: IPERF_PORT,
      windowKiB: this.cell.workload.windowKiB,
      congestionControl: this.cell.profile.tcp.congestionControl.value,
    });
    this.note(EventName.ProbesStarted, "harness");
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
    await this.untilJoined(device.vm2.address, vm3.initialAddress);
    await withdrawFirstAddress(vm4);
  }

  async adoptNextAddress(): Promise<string> {
    const agent = await this.source.agent();
    const deviceAddress = await this.newPeer(async () => peers(agent));
    this.nextAddress = nextOddAddress(deviceAddress);
    await adoptAddress(agent, this.nextAddress, "vm2");
    this.note(EventName.NextAddressAdvertised, "guest", {
      address: this.nextAddress,
      noticed: deviceAddress,
    });
    await this.untilJoining(this.nextAddress);
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
        epochUnixMs: this.clock.epochUnixMs,
        sample: (sample) => this.migrationSamples.push(sample),
        event: (source, tMs, { name, data }) => this.events.push({ tMs, source, name, detail: data }),
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
    await this.untilJoined(device.vm2.address, this.nextAddress);
    this.note(EventName.SubflowJoined, "device", { path: `${device.vm2.address}>${this.nextAddress}` });
    await dropOldAddress(await this.destination.agent(), vm3.initialAddress, "vm2");
    this.note(EventName.OldInterfaceDown, "guest");
  }

  async interfaces(): Promise<InterfaceState[]> {
    const guest = this.place === "vm1" ? this.source : this.destination;
    const agent = await guest.agent();
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
    const tokenBefore = this.probes.dataToken;
    const carrying = (await this.probes.subflows()).filter(({ state }) => state === "ESTAB");
    const growth = counterGrowth(this.countersBefore, await this.counters());
    const tokenAfter = carrying[0]?.token ?? null;
    this.note(EventName.ProbesStopped, "harness");
    await this.probes.stop();
    this.clock.assertNotStepped();
    await this.probes.assertNothingMissed();
    const addresses = { old: vm3.initialAddress, next: this.nextAddress };
    const migrated = this.place === "vm2";
    return {
      series: {
        probe: this.probes.probeSeries(addresses),
        ping: this.probes.pingSeries,
        iperf: this.probes.iperfSeries,
        migration: this.migrationSamples,
        subflow: this.probes.subflowSeries,
      },
      events: [...this.events].sort((a, b) => a.tMs - b.tMs),
      evidence: {
        mptcp: {
          tokenBefore,
          tokenAfter,
          counters: growth,
          findings: migrated
            ? continuityFindings({ tokenBefore, tokenAfter, growth, connections: CONNECTIONS })
            : [],
        },
        addresses,
        oneWayDelayMs: this.oneWayDelays(),
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.probes.stop().catch(() => undefined);
    await this.release();
  }

  private oneWayDelays() {
    const { forward, backward } = linkShaping(this.cell.wan, this.cell.profile.link);
    const accessMs = this.cell.access.rttMs / 2;
    return {
      // The device is on cloudlet 2: towards cloudlet 1 is against the direction of the migration.
      deviceToCloudlet1: accessMs + backward.delayMs,
      cloudlet1ToDevice: accessMs + forward.delayMs,
      access: accessMs,
    };
  }

  private note(name: string, source: string, detail?: Record<string, unknown>): void {
    this.events.push({ tMs: this.nowMs(), source, name, ...(detail === undefined ? {} : { detail }) });
  }

  private async counters(): Promise<Record<string, number>> {
    return parseCounters(await this.lab.namespaces.vm4.exec(["nstat", "-asj"]));
  }

  /** Waits until every connection has a fully established subflow between two addresses. */
  private async untilJoined(local: string, remote: string): Promise<void> {
    const deadlineMs = this.nowMs() + JOIN_PATIENCE_MS;
    for (;;) {
      const joined = (await this.probes.allSubflows()).filter(
        (s) => s.state === "ESTAB" && s.fullyEstablished && s.local === local && s.remote === remote,
      );
      if (joined.length >= CONNECTIONS) return;
      if (this.nowMs() > deadlineMs) {
        throw new Failure(`no subflow from ${local} to ${remote} within ${JOIN_PATIENCE_MS / 1000} s`, {
          kind: "cell",
          place: this.cell.id,
        });
      }
      await this.wait(10);
    }
  }

  /** Waits until the device has heard of an address and sends SYNs to it. */
  private async untilJoining(remote: string): Promise<void> {
    const deadlineMs = this.nowMs() + JOIN_PATIENCE_MS;
    while (!(await this.probes.allSubflows()).some((subflow) => subflow.remote === remote)) {
      if (this.nowMs() > deadlineMs) {
        throw new Failure(`the device did not hear of VM3's next address ${remote}`, {
          kind: "cell",
          place: this.cell.id,
        });
      }
      await this.wait(20);
    }
  }

  /** Waits until VM3 is used from another network than the one it is in (thesis 3.2.1.1). */
  private async newPeer(listPeers: () => Promise<string[]>): Promise<string> {
    const deadlineMs = this.nowMs() + JOIN_PATIENCE_MS;
    for (;;) {
      const stranger = (await listPeers()).find((address) => lanOf(address) !== cloudlets.vm1.lan);
      if (stranger !== undefined) return stranger;
      if (this.nowMs() > deadlineMs) {
        throw new Failure("VM3 saw no traffic from another network", { kind: "cell", place: this.cell.id });
      }
      await this.wait(50);
    }
  }
}
