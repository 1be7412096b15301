import type { Namespace } from "../../host/namespace.js";
import {
  continuityFindings,
  counterGrowth,
  parseCounters,
  parseSubflows,
  sameConnectionFindings,
  SENT_REMOVE_ADDR,
  type Subflow,
} from "../../probe/mptcp.js";
import type { IperfSample, SubflowSample } from "../../record/series.js";
import type { MptcpEvidence } from "../../record/schema.js";
import type { CellClock } from "../cell-clock.js";
import { IperfFlow, type FlowOptions } from "./iperf-flow.js";
import { IPERF_PORT } from "../network/layout.js";

/** iperf3 opens two: its control connection and the data. */
const CONNECTIONS = 2;
const JOIN_PATIENCE_MS = 60_000;
const WATCH_INTERVAL_MS = 250;

type Witnesses = Pick<MptcpEvidence, "tokenBefore" | "tokenAfter" | "counters">;

/** The device's iperf flow to VM3 and the MPTCP connections that it opens, as the device's kernel sees them. */
export class DeviceConnection {
  private readonly subflowSamples: SubflowSample[] = [];
  private watching = true;
  private readonly watcher: Promise<void>;
  private witnesses: Witnesses;

  private constructor(
    private readonly vm4: Namespace,
    private readonly clock: CellClock,
    private readonly iperf: IperfFlow,
    /** Token of the data connection: the same from start to end if it is one MPTCP connection. */
    private readonly token: string | null,
    private readonly countersBefore: Readonly<Record<string, number>>,
  ) {
    this.witnesses = { tokenBefore: token, tokenAfter: null, counters: {} };
    this.watcher = this.watch();
  }

  /** Starts iperf3 on the device and waits until data flows. */
  static async open(options: FlowOptions): Promise<DeviceConnection> {
    const { vm4 } = options.namespaces;
    const before = await counters(vm4);
    const iperf = await IperfFlow.start("device", options);
    try {
      return new DeviceConnection(vm4, options.clock, iperf, await dataToken(vm4), before);
    } catch (error) {
      await iperf.stop();
      throw error;
    }
  }

  get iperfSeries(): IperfSample[] {
    return this.iperf.samples;
  }

  get subflowSeries(): readonly SubflowSample[] {
    return this.subflowSamples;
  }

  /** @throws Failure (cell) when iperf3 has ended by itself. */
  assertRunning(): void {
    this.iperf.assertRunning();
  }

  /** Waits until every connection has a fully established subflow between two addresses. */
  async untilJoined(local: string, remote: string): Promise<void> {
    await this.clock.until(
      async () => {
        const joined = (await subflowsOf(this.vm4)).filter(
          (s) => s.state === "ESTAB" && s.fullyEstablished && s.local === local && s.remote === remote,
        );
        return joined.length >= CONNECTIONS ? true : undefined;
      },
      {
        everyMs: 10,
        patienceMs: JOIN_PATIENCE_MS,
        otherwise: `no subflow from ${local} to ${remote} within ${JOIN_PATIENCE_MS / 1000} s`,
      },
    );
  }

  /** Whether each connection has heard of an address and sends SYNs to it. */
  async isJoining(remote: string): Promise<boolean> {
    return (await subflowsOf(this.vm4)).filter((subflow) => subflow.remote === remote).length >= CONNECTIONS;
  }

  /** Takes the last evidence and ends iperf3. */
  async close(): Promise<void> {
    const carrying = (await this.dataSubflows()).filter(({ state }) => state === "ESTAB");
    await this.stop();
    // Signals of the closing are signals, too.
    this.witnesses = {
      tokenBefore: this.token,
      tokenAfter: carrying[0]?.token ?? null,
      counters: counterGrowth(this.countersBefore, await counters(this.vm4)),
    };
  }

  /** Ends iperf3. */
  async stop(): Promise<void> {
    this.watching = false;
    await this.watcher;
    await this.iperf.stop();
  }

  /** What the device's kernel has counted, once it is closed. */
  get counted(): { readonly growth: Readonly<Record<string, number>>; has(counter: string): boolean } {
    return { growth: this.witnesses.counters, has: (counter) => counter in this.countersBefore };
  }

  /**
   * What the device's kernel says of the connection, once it is closed.
   *
   * @param moves whether it had to last through the device's and VM3's moves.
   */
  evidence(moves: boolean): MptcpEvidence {
    const { tokenBefore, tokenAfter, counters: growth } = this.witnesses;
    const findings = moves ? continuityFindings : sameConnectionFindings;
    return {
      ...this.witnesses,
      findings: findings({
        tokenBefore,
        tokenAfter,
        growth,
        countsRemoveAddr: SENT_REMOVE_ADDR in this.countersBefore,
        connections: CONNECTIONS,
      }),
    };
  }

  private async dataSubflows(): Promise<Subflow[]> {
    return (await subflowsOf(this.vm4)).filter(({ token }) => token !== null && token === this.token);
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      try {
        const subflows = (await this.dataSubflows()).filter(({ state }) => state === "ESTAB");
        this.subflowSamples.push({
          tMs: this.clock.nowMs(),
          established: subflows.length,
          paths: subflows.map(({ local, remote }) => `${local}>${remote}`).join(" "),
        });
        await this.clock.wait(WATCH_INTERVAL_MS);
      } catch {
        return; // The cell is being ended.
      }
    }
  }
}

/** Subflows of all the device's connections. */
async function subflowsOf(vm4: Namespace): Promise<Subflow[]> {
  return parseSubflows(await vm4.exec(["ss", "-tniH"]));
}

async function counters(vm4: Namespace): Promise<Record<string, number>> {
  return parseCounters(await vm4.exec(["nstat", "-aszj"]));
}

/** iperf3 opens its control connection first; the data connection is the other one, which has sent more. */
async function dataToken(vm4: Namespace): Promise<string | null> {
  const all = (await subflowsOf(vm4)).filter(
    ({ remotePort, state }) => remotePort === IPERF_PORT && state === "ESTAB",
  );
  const busiest = all.sort((a, b) => b.bytesSent - a.bytesSent)[0];
  return busiest?.token ?? null;
}
