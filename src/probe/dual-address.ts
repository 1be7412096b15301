import type { ProbeSample, Vm3Address } from "../record/series.js";
import type { CommandLine } from "../host/process.js";

/**
 * The dual-address probe of thesis 4.2: ICMP echo every 10 ms to VM3's old and next address at once.
 * fping sends on an absolute schedule (ping's own interval is rounded to the kernel's tick, and slows down
 * while replies are missing); tcpdump gives every send and reply the kernel's own time stamp at the device's
 * interfaces, so that a busy event loop here cannot look like an outage there.
 */
export const PROBE_INTERVAL_MS = 10;

/** Real-time priority: the schedule must hold while guests are emulated on the same cores. */
export function fpingCommand(addresses: readonly string[]): CommandLine {
  return [
    ...(["chrt", "--fifo", "40", "fping"] as const),
    ...["--quiet", "--loop", "--period", String(PROBE_INTERVAL_MS), "--interval", "0.5"],
    // How long fping remembers what it sent; the capture decides what was answered.
    ...["--timeout", "10000"],
    ...addresses,
  ];
}

export function captureCommand(): CommandLine {
  return [
    ...(["tcpdump", "-i", "any", "-n", "-tt", "--time-stamp-precision=nano"] as const),
    ...["-l", "--immediate-mode", "-B", "4096", "icmp"],
  ];
}

export interface EchoPacket {
  /** Wall clock of the kernel's time stamp, ms since 1970. */
  readonly unixMs: number;
  readonly type: "request" | "reply";
  readonly source: string;
  readonly destination: string;
  readonly identifier: number;
  readonly sequence: number;
}

const line =
  /^(\d+)\.(\d{9}) (?:\S+ +(?:In|Out|P|B|M) +)?IP (\S+) > (\S+): ICMP echo (request|reply), id (\d+), seq (\d+), length/;

/** Reads one line of tcpdump's text output; undefined when it is no ICMP echo. */
export function parseEcho(text: string): EchoPacket | undefined {
  const match = line.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", nanoseconds = "", source = "", destination = "", type, identifier, sequence] = match;
  return {
    unixMs: Number(seconds) * 1000 + Number(nanoseconds) / 1e6,
    type: type === "request" ? "request" : "reply",
    source,
    destination,
    identifier: Number(identifier),
    sequence: Number(sequence),
  };
}

const SEQUENCE_MODULUS = 65_536;

/**
 * Pairs requests with their replies. fping counts all targets with one 16-bit sequence number, which wraps;
 * a reply belongs to the latest request with its number. A repeated reply changes nothing.
 *
 * @param identifier fping's, told from that of other pings by being the one most often seen.
 */
export class EchoPairing {
  private readonly samples: {
    address: Vm3Address;
    sequence: number;
    sentUnixMs: number;
    receivedUnixMs: number | null;
  }[] = [];
  private readonly latest = new Map<string, number>();
  private readonly counts: Record<Vm3Address, number> = { old: 0, next: 0 };

  constructor(
    private readonly addresses: Readonly<Record<Vm3Address, string>>,
    private readonly identifier: number,
  ) {}

  add(packet: EchoPacket): void {
    if (packet.identifier !== this.identifier) return;
    const remote = packet.type === "request" ? packet.destination : packet.source;
    const address = remote === this.addresses.old ? "old" : remote === this.addresses.next ? "next" : undefined;
    if (address === undefined) return;
    const key = `${address}/${packet.sequence % SEQUENCE_MODULUS}`;
    if (packet.type === "request") {
      this.latest.set(key, this.samples.length);
      this.samples.push({
        address,
        sequence: this.counts[address]++,
        sentUnixMs: packet.unixMs,
        receivedUnixMs: null,
      });
      return;
    }
    const sample = this.samples[this.latest.get(key) ?? -1];
    if (sample !== undefined) sample.receivedUnixMs ??= packet.unixMs;
  }

  /**
   * The probe's samples, times less `epochUnixMs`. The schedule of each address is `first + n × 10 ms`, laid
   * so that no request left before it was due.
   */
  finish(epochUnixMs: number): ProbeSample[] {
    const origin = { old: Number.POSITIVE_INFINITY, next: Number.POSITIVE_INFINITY };
    for (const { address, sequence, sentUnixMs } of this.samples) {
      origin[address] = Math.min(origin[address], sentUnixMs - sequence * PROBE_INTERVAL_MS);
    }
    return this.samples.map(({ address, sequence, sentUnixMs, receivedUnixMs }) => ({
      address,
      sequence,
      scheduledMs: origin[address] + sequence * PROBE_INTERVAL_MS - epochUnixMs,
      sentMs: sentUnixMs - epochUnixMs,
      receivedMs: receivedUnixMs === null ? null : receivedUnixMs - epochUnixMs,
    }));
  }
}

/** The identifier of the requests that come every 10 ms, among those of other pings. */
export function busiestIdentifier(packets: readonly EchoPacket[]): number | undefined {
  const counts = new Map<number, number>();
  for (const { type, identifier } of packets) {
    if (type === "request") counts.set(identifier, (counts.get(identifier) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
