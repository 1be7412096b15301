import { Failure } from "../../failure.js";
import type { Namespace } from "../../host/namespace.js";
import type { Running } from "../../host/process.js";
import {
  captureCommand,
  droppedPackets,
  fpingCommand,
  parseEcho,
  probeSamples,
  type EchoPacket,
} from "../../probe/dual-address.js";
import { iperfSamples, mptcpIperfCommand, parseIperfLine, type IperfOptions } from "../../probe/iperf3.js";
import { parseSubflows, type Subflow } from "../../probe/mptcp.js";
import { parsePingLine, pingCommand, pingSamples } from "../../probe/ping.js";
import type { IperfSample, PingSample, ProbeSample, SubflowSample, Vm3Address } from "../../record/series.js";
import type { CellClock } from "./cell-clock.js";

/** A program whose lines are kept as they are parsed. */
class Listener<T> {
  readonly kept: T[] = [];
  private readonly reading: Promise<void>;

  constructor(
    private readonly running: Running,
    parse: (line: string) => T | undefined,
  ) {
    this.reading = this.read(parse);
  }

  get ended(): Running["ended"] {
    return this.running.ended;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.reading;
  }

  private async read(parse: (line: string) => T | undefined): Promise<void> {
    try {
      for await (const line of this.running.lines) {
        const item = parse(line);
        if (item !== undefined) this.kept.push(item);
      }
    } catch {
      // The program was ended; how it ended is in `ended`.
    }
  }
}

/** Everything that runs on the device beside the experiment and watches it. */
export class Probes {
  private iperf:
    Listener<{ arrivedMs: number; line: NonNullable<ReturnType<typeof parseIperfLine>> }> | undefined;
  private readonly pings = new Map<Vm3Address, Listener<NonNullable<ReturnType<typeof parsePingLine>>>>();
  private capture: Listener<EchoPacket> | undefined;
  private readonly fpings: Running[] = [];
  private readonly subflowSamples: SubflowSample[] = [];
  private token: string | null = null;
  private watching = true;
  private watcher: Promise<void> | undefined;

  constructor(
    private readonly vm4: Namespace,
    private readonly clock: CellClock,
  ) {}

  /** Token of iperf's data connection: the same from start to end if it is one MPTCP connection. */
  get dataToken(): string | null {
    return this.token;
  }

  async startIperf(options: IperfOptions): Promise<void> {
    const arrival = this.clock;
    this.iperf = new Listener(this.vm4.spawn(mptcpIperfCommand(options)), (text) => {
      const line = parseIperfLine(text);
      return line === undefined ? undefined : { arrivedMs: arrival.nowMs(), line };
    });
    let early: string | undefined;
    void this.iperf.ended.then(({ stderr }) => (early = stderr.trim() || "it said nothing"));
    const deadlineMs = this.clock.nowMs() + 10_000;
    while (this.iperf.kept.length === 0) {
      if (early !== undefined || this.clock.nowMs() > deadlineMs) {
        throw new Failure(`iperf3 on the device did not start: ${early ?? "no interval within 10 s"}`, {
          kind: "cell",
        });
      }
      await this.clock.wait(10);
    }
    this.token = await this.findDataToken(options);
    this.watcher = this.watchSubflows();
  }

  /** Starts the capture and the probe of the address that VM3 has. */
  startReachability(oldAddress: string): void {
    this.capture = new Listener(this.vm4.spawn(captureCommand()), parseEcho);
    this.probe("old", oldAddress);
  }

  /**
   * Probes one of VM3's addresses, every 10 ms and every second. The next one only once it is advertised: what
   * is sent before VM3 is there waits in the tap of its destination, where the SYN of the join shall be first.
   */
  probe(which: Vm3Address, address: string): void {
    this.fpings.push(this.vm4.spawn(fpingCommand(address), { discardOutput: true }));
    this.pings.set(which, new Listener(this.vm4.spawn(pingCommand(address)), parsePingLine));
  }

  /** The data connection's subflows as they stand now. */
  async subflows(): Promise<Subflow[]> {
    return (await this.allSubflows()).filter(({ token }) => token !== null && token === this.token);
  }

  /** Subflows of all the device's connections. */
  async allSubflows(): Promise<Subflow[]> {
    return parseSubflows(await this.vm4.exec(["ss", "-tniH"]));
  }

  async stop(): Promise<void> {
    this.watching = false;
    await this.watcher;
    await Promise.all(this.fpings.map((fping) => fping.stop()));
    await Promise.all([...[...this.pings.values()].map((ping) => ping.stop()), this.iperf?.stop()]);
    // Last, so that nothing sent goes unseen.
    await this.capture?.stop();
  }

  /**
   * Once stopped: whether the capture has all that it should.
   * @throws Failure (cell) when it has not, as a request or reply that it missed would look like an outage.
   */
  async assertNothingMissed(): Promise<void> {
    if (this.capture === undefined) return;
    const dropped = droppedPackets((await this.capture.ended).stderr);
    if (dropped === 0) return;
    throw new Failure(`the kernel dropped ${dropped} packets of the probe's capture`, {
      kind: "cell",
      mend: "stop what else keeps this machine busy, then run the cell again",
    });
  }

  get iperfSeries(): IperfSample[] {
    return iperfSamples(this.iperf?.kept ?? [], "device");
  }

  get pingSeries(): PingSample[] {
    return [...this.pings].flatMap(([address, { kept }]) =>
      pingSamples(kept, address, this.clock.epochUnixMs),
    );
  }

  get subflowSeries(): readonly SubflowSample[] {
    return this.subflowSamples;
  }

  probeSeries(addresses: Readonly<Record<Vm3Address, string>>): ProbeSample[] {
    return probeSamples(this.capture?.kept ?? [], addresses, this.clock.epochUnixMs);
  }

  /** iperf3 opens its control connection first; the data connection is the other one. */
  private async findDataToken({ port }: IperfOptions): Promise<string | null> {
    const all = (await this.allSubflows()).filter(
      ({ remotePort, state }) => remotePort === port && state === "ESTAB",
    );
    const busiest = all.sort((a, b) => b.bytesSent - a.bytesSent)[0];
    return busiest?.token ?? null;
  }

  private async watchSubflows(): Promise<void> {
    while (this.watching) {
      try {
        const subflows = (await this.subflows()).filter(({ state }) => state === "ESTAB");
        this.subflowSamples.push({
          tMs: this.clock.nowMs(),
          established: subflows.length,
          paths: subflows.map(({ local, remote }) => `${local}>${remote}`).join(" "),
        });
        await this.clock.wait(250);
      } catch {
        return; // The cell is being ended.
      }
    }
  }
}
