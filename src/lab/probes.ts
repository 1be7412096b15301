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

/** The probes that run on the device beside the experiment and watch where VM3 can be reached. */
export class Probes {
  private readonly pings = new Map<Vm3Address, Listener<NonNullable<ReturnType<typeof parsePingLine>>>>();
  private capture: Listener<EchoPacket> | undefined;
  private readonly fpings: Running[] = [];

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
    this.fpings.push(this.vm4.spawn(fpingCommand(address), { discardOutput: true }));
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
    await Promise.all(this.fpings.map((fping) => fping.stop()));
    await Promise.all([...this.pings.values()].map((ping) => ping.stop()));
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
