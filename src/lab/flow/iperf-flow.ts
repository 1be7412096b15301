import type { Cell } from "../../experiment/plan.js";
import type { Flow } from "../../experiment/schema.js";
import { Failure } from "../../failure.js";
import type { Running } from "../../host/process.js";
import {
  iperfCommand,
  iperfSamples,
  isFromIperf2,
  mptcpIperfCommand,
  parseIperfLine,
  type IperfLine,
} from "../../probe/iperf3.js";
import type { IperfSample } from "../../record/series.js";
import type { CellClock } from "../cell-clock.js";
import { startIperfServer } from "./iperf-server.js";
import { flowEnds, IPERF_PORT } from "../network/layout.js";
import { longestSilenceMs, SILENCE_LIMIT_MS } from "../silence.js";
import { Listener } from "./listener.js";
import type { Namespaces } from "../network/topology.js";

/** What a flow needs to run. */
export interface FlowOptions {
  readonly namespaces: Namespaces;
  readonly cell: Pick<Cell, "workload" | "profile">;
  readonly clock: CellClock;
  readonly signal: AbortSignal;
}

/** An iperf flow in progress, and what it has reported. */
export class IperfFlow {
  private early: string | undefined;
  private stopping = false;

  private constructor(
    readonly flow: Flow,
    private readonly client: Listener<{ arrivedMs: number; line: IperfLine }>,
    /** iperf3's server where it is not the one in VM3. */
    private readonly server: Running | undefined,
    private readonly clock: CellClock,
  ) {
    void client.ended.then(({ stderr }) => {
      if (!this.stopping) this.early = stderr.trim() || "it said nothing";
    });
  }

  /**
   * Starts a flow and waits for its first interval: `device` over MPTCP to the server in VM3, `cloudlets` over TCP
   * to one started on cloudlet 1.
   *
   * @throws Failure (cell) with iperf3's own words when it does not start, (environment) when it is iperf 2.
   */
  static async start(flow: Flow, { namespaces, cell, clock, signal }: FlowOptions): Promise<IperfFlow> {
    const ends = flowEnds[flow];
    const options = {
      server: ends.server,
      port: IPERF_PORT,
      windowKiB: cell.workload.windowKiB,
      congestionControl: cell.profile.tcp.congestionControl.value,
    };
    const server = flow === "device" ? undefined : await startIperfServer(namespaces.vm1, IPERF_PORT, signal);
    const command = flow === "device" ? mptcpIperfCommand(options) : iperfCommand(options);
    let iperf2 = false;
    const client = new Listener(namespaces[ends.client].spawn(command), (text) => {
      iperf2 ||= isFromIperf2(text);
      const line = parseIperfLine(text);
      return line === undefined ? undefined : { arrivedMs: clock.nowMs(), line };
    });
    const started = new IperfFlow(flow, client, server, clock);
    try {
      await clock.until(
        () => {
          if (iperf2) {
            throw new Failure("iperf 2 answered as iperf3", {
              kind: "environment",
              mend: "install iperf3 3.12 or later",
            });
          }
          started.assertRunning();
          return client.kept.length === 0 ? undefined : true;
        },
        { everyMs: 10, patienceMs: 10_000, otherwise: `iperf3's ${flow} flow has no interval after 10 s` },
      );
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  get samples(): IperfSample[] {
    return iperfSamples(this.client.kept, this.flow);
  }

  /**
   * Why its samples can't be relied on, or undefined: what iperf3 did not report, because it has ended by itself or
   * hung, would look like a path without throughput.
   */
  complaint(): string | undefined {
    if (this.early !== undefined) return `iperf3's ${this.flow} flow ended by itself: ${this.early}`;
    const nowMs = this.clock.nowMs();
    const endsMs = this.samples.map(({ endMs }) => endMs);
    const silentMs = longestSilenceMs(endsMs, endsMs[0] ?? nowMs, nowMs);
    if (silentMs <= SILENCE_LIMIT_MS) return undefined;
    return `iperf3's ${this.flow} flow reported nothing for ${(silentMs / 1000).toFixed(1)} s: it hung`;
  }

  /** @throws Failure (cell) that says its `complaint`, if there is one. */
  assertRunning(): void {
    const complaint = this.complaint();
    if (complaint !== undefined) throw new Failure(complaint, { kind: "cell" });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.client.stop();
    await this.server?.stop();
  }
}
