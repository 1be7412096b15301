import { max, mean, median, min, standardDeviation } from "simple-statistics";
import type { CommandLine } from "../host/process.js";
import type { PingSample } from "../record/series.js";

/** The interval of thesis 4.2. */
export const PING_INTERVAL_MS = 1000;
/** While a path's own RTT is measured: the shortest that is open to every user, 25 requests in 5 s. */
export const PATH_PING_INTERVAL_MS = 200;

/** Ping with time stamps, and a line for each request that got no answer before the next. */
export function pingCommand(address: string, intervalMs: number): CommandLine {
  return ["ping", "-n", "-D", "-O", "-i", String(intervalMs / 1000), address];
}

interface PingLine {
  /** Wall clock when the line was printed, ms since 1970. */
  readonly unixMs: number;
  readonly sequence: number;
  /** null for "no answer yet". */
  readonly rttMs: number | null;
}

const reply =
  /^\[(\d{1,10}\.\d+)\] \d+ bytes from \S+: icmp_seq=(\d{1,9}) ttl=\d+ time=(\d{1,9}(?:\.\d+)?) ms/;
const silence = /^\[(\d{1,10}\.\d+)\] no answer yet for icmp_seq=(\d{1,9})/;

/** Reads one line of iputils ping's output; undefined when it is about no single request. */
export function parsePingLine(text: string): PingLine | undefined {
  const answered = reply.exec(text);
  if (answered !== null) {
    return { unixMs: Number(answered[1]) * 1000, sequence: Number(answered[2]), rttMs: Number(answered[3]) };
  }
  const unanswered = silence.exec(text);
  if (unanswered === null) return undefined;
  return { unixMs: Number(unanswered[1]) * 1000, sequence: Number(unanswered[2]), rttMs: null };
}

/**
 * One sample a request. Ping stamps replies, and silences at its next send: the time sent follows from the
 * RTT, or from the interval. A reply that came late after all replaces its silence; a duplicate changes nothing.
 */
export function pingSamples(
  lines: readonly PingLine[],
  {
    address,
    intervalMs,
    epochUnixMs,
  }: { readonly address: PingSample["address"]; readonly intervalMs: number; readonly epochUnixMs: number },
): PingSample[] {
  const samples = new Map<number, PingSample>();
  for (const { unixMs, sequence, rttMs } of lines) {
    const sentMs = unixMs - (rttMs ?? intervalMs) - epochUnixMs;
    const known = samples.get(sequence);
    if (known === undefined || (known.rttMs === null && rttMs !== null)) {
      samples.set(sequence, { address, sequence, sentMs, rttMs });
    }
  }
  return [...samples.values()].sort((a, b) => a.sequence - b.sequence);
}

export interface RttSummary {
  readonly sent: number;
  readonly received: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly deviationMs: number;
}

const NOTHING = { minMs: 0, medianMs: 0, meanMs: 0, maxMs: 0, deviationMs: 0 };

/** Sums up the output of a ping that has ended. Without any reply all times are 0. */
export function summarizePing(output: string): RttSummary {
  const sent = Number(/^(\d{1,9}) packets transmitted/m.exec(output)?.[1] ?? 0);
  const rttsMs = [...output.matchAll(/icmp_seq=\d+ ttl=\d+ time=(\d{1,9}(?:\.\d+)?) ms/g)].map(([, rttMs]) =>
    Number(rttMs),
  );
  if (rttsMs.length === 0) return { sent, received: 0, ...NOTHING };
  return {
    sent,
    received: rttsMs.length,
    minMs: min(rttsMs),
    medianMs: median(rttsMs),
    meanMs: mean(rttsMs),
    maxMs: max(rttsMs),
    deviationMs: standardDeviation(rttsMs),
  };
}
