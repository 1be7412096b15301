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
export function fpingCommand(address: string): CommandLine {
  return [
    ...(["chrt", "--fifo", "40", "fping"] as const),
    ...["--quiet", "--loop", "--period", String(PROBE_INTERVAL_MS)],
    // Its own least distance between packets; as large as the period, it would make the schedule drift.
    ...["--interval", "0.5"],
    // How long fping remembers what it sent; the capture decides what was answered.
    ...["--timeout", "10000"],
    address,
  ];
}

export function captureCommand(): CommandLine {
  return [
    ...(["tcpdump", "-i", "any", "-n", "-tt", "--time-stamp-precision=nano"] as const),
    ...["-l", "--immediate-mode"],
    // Headers only: a slot of the buffer is as long as the longest packet kept, and of tcpdump's default, 256 KiB,
    // it holds a dozen. The kernel would then drop packets whenever tcpdump is not scheduled for 30 ms.
    ...["-s", "128", "-B", "4096", "icmp"],
  ];
}

/** Reads tcpdump's closing words on standard error: packets that crossed the device and are not in the capture. */
export function droppedPackets(stderr: string): number {
  return Number(/^(\d{1,12}) packets? dropped by kernel/m.exec(stderr)?.[1] ?? 0);
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
  /^(\d{1,10})\.(\d{9}) (?:\S+ +(?:In|Out|P|B|M) +)?IP (\S+) > (\S+): ICMP echo (request|reply), id (\d{1,5}), seq (\d{1,5}), length/;

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
 * Pairs requests with replies and lays the schedule beneath them. fping's sequence numbers have 16 bits and
 * wrap; a reply belongs to the latest request with its number, and a repeated one changes nothing. The
 * schedule of each address is `first + n × 10 ms`, n being the unwrapped sequence number, laid so that no
 * request left before it was due.
 *
 * @returns one sample a request, times less `epochUnixMs`, in the order sent.
 */
export function probeSamples(
  packets: readonly EchoPacket[],
  addresses: Readonly<Record<Vm3Address, string>>,
  epochUnixMs: number,
): ProbeSample[] {
  return (["old", "next"] as const)
    .flatMap((which) => pair(packets, which, addresses[which], epochUnixMs))
    .sort((a, b) => a.sentMs - b.sentMs);
}

function pair(
  packets: readonly EchoPacket[],
  which: Vm3Address,
  address: string,
  epochUnixMs: number,
): ProbeSample[] {
  const identifier = busiestIdentifier(packets, address);
  const samples: { sequence: number; sentMs: number; receivedMs: number | null }[] = [];
  const latest = new Map<number, { receivedMs: number | null }>();
  let originMs = Number.POSITIVE_INFINITY;
  for (const packet of packets) {
    if (packet.identifier !== identifier) continue;
    const tMs = packet.unixMs - epochUnixMs;
    if (packet.type === "request" && packet.destination === address) {
      const last = samples.at(-1)?.sequence ?? packet.sequence - 1;
      const step = (packet.sequence - (last % SEQUENCE_MODULUS) + SEQUENCE_MODULUS) % SEQUENCE_MODULUS;
      const sample = { sequence: last + step, sentMs: tMs, receivedMs: null };
      originMs = Math.min(originMs, tMs - sample.sequence * PROBE_INTERVAL_MS);
      samples.push(sample);
      latest.set(packet.sequence, sample);
    } else if (packet.type === "reply" && packet.source === address) {
      const sample = latest.get(packet.sequence);
      if (sample !== undefined) sample.receivedMs ??= tMs;
    }
  }
  return samples.map(({ sequence, sentMs, receivedMs }) => ({
    address: which,
    sequence,
    scheduledMs: originMs + sequence * PROBE_INTERVAL_MS,
    sentMs,
    receivedMs,
  }));
}

/** The identifier of the requests that come every 10 ms, told from the 1 s ping's by their number. */
function busiestIdentifier(packets: readonly EchoPacket[], address: string): number | undefined {
  const counts = new Map<number, number>();
  for (const { type, destination, identifier } of packets) {
    if (type === "request" && destination === address)
      counts.set(identifier, (counts.get(identifier) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
