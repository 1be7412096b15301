import type { Flow } from "../../experiment/schema.js";
import type {
  IperfSample,
  MigrationSample,
  PingSample,
  ProbeSample,
  SubflowSample,
} from "../../record/series.js";
import type { MptcpConnection } from "./mptcp/connection.js";
import type { Hypervisor } from "./migration/hypervisor.js";
import { msFromNs, nsFromMs, type TimerQueue } from "./engine/timer-queue.js";
import type { EchoProbe } from "./probe/echo-probe.js";

/** Something that looks at the simulation at a fixed interval and writes down what it sees. */
export class Sampler {
  private readonly timer;
  private readonly intervalNs: number;
  constructor(
    private readonly timers: TimerQueue,
    intervalMs: number,
    private readonly look: (nowMs: number) => void,
  ) {
    this.intervalNs = nsFromMs(intervalMs);
    this.timer = timers.add(this);
  }
  start(): void {
    this.timers.arm(this.timer, this.timers.nowNs + this.intervalNs);
  }
  stop(): void {
    this.timers.cancel(this.timer);
  }
  expire(): void {
    this.timers.arm(this.timer, this.timers.nowNs + this.intervalNs);
    this.look(msFromNs(this.timers.nowNs));
  }
}

/** What iperf's client counts of its connection. */
export interface CountedFlow {
  readonly acknowledgedBytes: number;
  /** Of all its subflows. */
  readonly retransmissions: number;
}

/** iperf's client: what it could write in each interval, and what was sent again. */
export class IperfLog {
  readonly samples: IperfSample[] = [];
  private lastMs = 0;
  private lastBytes = 0;
  private lastRetransmits = 0;
  constructor(
    private readonly flow: Flow,
    private readonly counted: CountedFlow,
  ) {}
  start(nowMs: number): void {
    this.lastMs = nowMs;
  }
  look(nowMs: number): void {
    const { acknowledgedBytes: bytes, retransmissions: retransmits } = this.counted;
    this.samples.push({
      flow: this.flow,
      startMs: this.lastMs,
      endMs: nowMs,
      bytes: bytes - this.lastBytes,
      retransmits: retransmits - this.lastRetransmits,
    });
    this.lastMs = nowMs;
    this.lastBytes = bytes;
    this.lastRetransmits = retransmits;
  }
}

export function subflowSample(connection: MptcpConnection, tMs: number): SubflowSample {
  const established = connection.subflows.filter(({ state }) => state === "established");
  return { tMs, established: established.length, paths: established.map(({ name }) => name).join(" ") };
}

export function migrationSample(hypervisor: Hypervisor, tMs: number): MigrationSample {
  return {
    tMs,
    status: hypervisor.status,
    transferredBytes: hypervisor.transferredBytes,
    remainingBytes: hypervisor.remainingBytes,
    normalPages: hypervisor.normalPages,
    duplicatePages: hypervisor.duplicatePages,
    dirtySyncCount: hypervisor.passes,
    dirtyPagesPerS: hypervisor.dirtyPagesPerS,
    throughputMbit: (hypervisor.believedBytesPerS * 8) / 1e6,
    expectedDowntimeMs: hypervisor.expectedDowntimeMs,
  };
}

export function probeSamples(old: EchoProbe, next: EchoProbe): ProbeSample[] {
  return [
    ...Array.from(old.samples(), (sample) => ({ address: "old" as const, ...sample })),
    ...Array.from(next.samples(), (sample) => ({ address: "next" as const, ...sample })),
  ]
    .map(({ address, sequence, sentMs, receivedMs }) => ({
      address,
      sequence,
      scheduledMs: sentMs,
      sentMs,
      receivedMs,
    }))
    .sort((a, b) => a.sentMs - b.sentMs);
}

/** Of one address after another; the whole series is in the order of sending. */
export function pingSamples(address: PingSample["address"], probe: EchoProbe): PingSample[] {
  return Array.from(probe.samples(), ({ sequence, sentMs, receivedMs }) => ({
    address,
    sequence,
    sentMs,
    rttMs: receivedMs === null ? null : receivedMs - sentMs,
  }));
}
