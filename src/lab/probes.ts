import { Failure } from "../failure.js";
import type { Namespace } from "../host/namespace.js";
import type { Running } from "../host/process.js";
import {
  captureCommand,
  droppedPackets,
  fpingCommand,
  parseEcho,
  probeSamples,
  type EchoPacket,
} from "../probe/dual-address.js";
import { parsePingLine, PING_INTERVAL_MS, pingCommand, pingSamples } from "../probe/ping.js";
import type { PingSample, ProbeSample, Vm3Address } from "../record/series.js";
import type { CellClock } from "./cell-clock.js";
import { Listener } from "./flow/listener.js";
import { longestSilenceMs, SILENCE_LIMIT_MS } from "./silence.js";

/** The probes that run on the device beside the experiment and watch where VM3 can be reached. */
export class Probes {
  private readonly pings = new Map<Vm3Address, Listener<NonNullable<ReturnType<typeof parsePingLine>>>>();
  private capture: Listener<EchoPacket> | undefined;
  private readonly fpings = new Map<Vm3Address, { readonly running: Running; readonly startedMs: number }>();
  private stoppedMs: number | undefined;

  constructor(
    private readonly vm4: Namespace,
    private readonly clock: CellClock,
  ) {}

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
    const running = this.vm4.spawn(fpingCommand(address), { discardOutput: true });
    this.fpings.set(which, { running, startedMs: this.clock.nowMs() });
    this.pings.set(
      which,
      new Listener(this.vm4.spawn(pingCommand(address, PING_INTERVAL_MS)), parsePingLine),
    );
  }

  /** Whether VM3 has answered on an address. */
  hasAnswered(address: string): boolean {
    return this.capture?.kept.some(({ type, source }) => type === "reply" && source === address) === true;
  }

  async stop(): Promise<void> {
    this.stoppedMs ??= this.clock.nowMs();
    await Promise.all([...this.fpings.values()].map(({ running }) => running.stop()));
    await Promise.all([...this.pings.values()].map((ping) => ping.stop()));
    // Last, so that nothing sent goes unseen.
    await this.capture?.stop();
  }

  /**
   * Once stopped: whether every request was sent, and the capture has all that it should.
   * @throws Failure (cell) when not, as a request that was not sent, or a reply that was not seen, would look like an outage.
   */
  async assertNothingMissed(addresses: Readonly<Record<Vm3Address, string>>): Promise<void> {
    if (this.capture === undefined) return;
    const dropped = droppedPackets((await this.capture.ended).stderr);
    const missed =
      dropped > 0 ? `the kernel dropped ${dropped} packets of the probe's capture` : this.silence(addresses);
    if (missed === undefined) return;
    throw new Failure(missed, {
      kind: "cell",
      mend: "stop what else keeps this machine busy, then run the cell again",
    });
  }

  private silence(addresses: Readonly<Record<Vm3Address, string>>): string | undefined {
    const untilMs = this.stoppedMs ?? this.clock.nowMs();
    const samples = this.probeSeries(addresses);
    for (const [which, { startedMs }] of this.fpings) {
      const sentMs = samples.filter(({ address }) => address === which).map((sample) => sample.sentMs);
      const silentMs = longestSilenceMs(sentMs, sentMs[0] ?? startedMs, untilMs);
      if (silentMs > SILENCE_LIMIT_MS) {
        return `the probe of VM3's ${which} address sent nothing for ${(silentMs / 1000).toFixed(1)} s: it was stopped, or starved`;
      }
    }
    return undefined;
  }

  get pingSeries(): PingSample[] {
    const epochUnixMs = this.clock.epochUnixMs("vm4");
    return [...this.pings].flatMap(([address, { kept }]) =>
      pingSamples(kept, { address, intervalMs: PING_INTERVAL_MS, epochUnixMs }),
    );
  }

  probeSeries(addresses: Readonly<Record<Vm3Address, string>>): ProbeSample[] {
    return probeSamples(this.capture?.kept ?? [], addresses, this.clock.epochUnixMs("vm4"));
  }
}
