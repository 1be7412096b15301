import type { Flow } from "../../experiment/schema.js";
import { parsePingLine, PATH_PING_INTERVAL_MS, pingCommand, pingSamples } from "../../probe/ping.js";
import { EventName, type MptcpEvidence } from "../../record/schema.js";
import type { IperfSample, PingSample, SubflowSample } from "../../record/series.js";
import { DeviceConnection } from "./connection.js";
import { IperfFlow, type FlowOptions } from "./iperf-flow.js";
import { flowEnds } from "../network/layout.js";
import { Listener } from "./listener.js";

/** Keeps an event of the cell, at the time when it is called. */
type Note = (name: string, source: string, detail?: Record<string, unknown>) => void;

/** What there is to say of MPTCP where the device opened no connection. */
const NO_CONNECTION: MptcpEvidence = { tokenBefore: null, tokenAfter: null, counters: {}, findings: [] };

/** The iperf flows of a cell, and the pings along their paths while nothing else is on them. */
export class Flows {
  private readonly pings: PingSample[] = [];
  private deviceConnection: DeviceConnection | undefined;
  private betweenCloudlets: IperfFlow | undefined;

  constructor(
    private readonly options: FlowOptions,
    private readonly note: Note,
  ) {}

  /** The device's flow, in progress or ended; undefined where it only pings. */
  get connection(): DeviceConnection | undefined {
    return this.deviceConnection;
  }

  /** Starts flows that last until `end`. */
  async start(flows: readonly Flow[]): Promise<void> {
    for (const flow of flows) {
      if (flow === "device") this.deviceConnection = await DeviceConnection.open(this.options);
      else await this.startBetweenCloudlets();
    }
  }

  /** @throws Failure (cell) when the flow between the cloudlets has ended before, or hung. */
  async end(): Promise<void> {
    if (this.betweenCloudlets !== undefined) await this.endBetweenCloudlets(this.betweenCloudlets);
    await this.deviceConnection?.close();
  }

  async observeRtt(flow: Flow, ms: number): Promise<void> {
    const { namespaces, clock, signal } = this.options;
    const { client, server, pinged } = flowEnds[flow];
    // What the first packet alone meets, ARP and an idle machine, is no part of the path's RTT.
    await namespaces[client].exec(["ping", "-n", "-c", "1", "-W", "5", server], { accept: [1], signal });
    const command = pingCommand(server, PATH_PING_INTERVAL_MS);
    const ping = new Listener(namespaces[client].spawn(command), parsePingLine);
    try {
      await clock.wait(ms);
    } finally {
      await ping.stop();
    }
    const epochUnixMs = clock.epochUnixMs(client);
    this.pings.push(
      ...pingSamples(ping.kept, { address: pinged, intervalMs: PATH_PING_INTERVAL_MS, epochUnixMs }),
    );
  }

  async observeThroughput(flow: Flow, ms: number): Promise<void> {
    if (flow === "cloudlets") {
      const running = await this.startBetweenCloudlets();
      await this.options.clock.wait(ms);
      await this.endBetweenCloudlets(running);
      return;
    }
    const connection = await DeviceConnection.open(this.options);
    this.deviceConnection = connection;
    this.note(EventName.FlowStarted, "device", { flow });
    await this.options.clock.wait(ms);
    connection.assertRunning();
    this.note(EventName.FlowEnded, "device", { flow });
    await connection.close();
  }

  /** Ends whatever still runs. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.deviceConnection?.stop(), this.betweenCloudlets?.stop()]);
  }

  get iperfSeries(): IperfSample[] {
    return [...(this.deviceConnection?.iperfSeries ?? []), ...(this.betweenCloudlets?.samples ?? [])];
  }

  get pingSeries(): readonly PingSample[] {
    return this.pings;
  }

  get subflowSeries(): readonly SubflowSample[] {
    return this.deviceConnection?.subflowSeries ?? [];
  }

  /** @param moves whether the device's connection had to last through the device's and VM3's moves. */
  evidence(moves: boolean): MptcpEvidence {
    return this.deviceConnection?.evidence(moves) ?? NO_CONNECTION;
  }

  private async startBetweenCloudlets(): Promise<IperfFlow> {
    this.betweenCloudlets = await IperfFlow.start("cloudlets", this.options);
    this.note(EventName.FlowStarted, "vm2", { flow: "cloudlets" });
    return this.betweenCloudlets;
  }

  private async endBetweenCloudlets(running: IperfFlow): Promise<void> {
    running.assertRunning();
    this.note(EventName.FlowEnded, "vm2", { flow: "cloudlets" });
    await running.stop();
  }
}
