import type { CommandLine } from "../host/process.js";
import type { IperfSample } from "../record/series.js";

export interface IperfOptions {
  readonly server: string;
  readonly port: number;
  readonly windowKiB: number;
  readonly congestionControl: string;
}

/** iperf3 reports in text as it goes (-J only at the end), at its shortest interval. */
export const IPERF_INTERVAL_S = 0.1;

/** Over MPTCP; mptcpize because iperf3 opens MPTCP sockets itself only since 3.19. */
export function mptcpIperfCommand(options: IperfOptions): CommandLine {
  return ["mptcpize", "run", ...iperfCommand(options)];
}

/** Over TCP. The client tells the server the window and the congestion control too. */
export function iperfCommand({ server, port, windowKiB, congestionControl }: IperfOptions): CommandLine {
  return [
    ...(["iperf3", "--client", server, "--port", String(port)] as const),
    ...["--congestion", congestionControl, "--window", `${windowKiB}K`],
    // Small writes: iperf3 counts whole ones, and a large one would hide what happens within an interval.
    ...["--length", "4K", "--time", "0"],
    ...["--interval", String(IPERF_INTERVAL_S), "--format", "k", "--forceflush"],
  ];
}

export interface IperfLine {
  readonly startS: number;
  readonly endS: number;
  readonly bytes: number;
  readonly retransmits: number | null;
}

/** iperf 2 writes four decimals and has other counters. */
const interval =
  /^\[ *\d+\] +(\d{1,9}\.\d\d)-(\d{1,9}\.\d\d) +sec +[\d.]+ \w*Bytes +(\d{1,12}(?:\.\d+)?) Kbits\/sec(?: +(\d{1,12}))?(?: +[\d.]+ \w*Bytes)?\s*$/;

/** Whether this is how iperf 2 begins, another program under a similar name: iperf3 has no such line. */
export const isFromIperf2 = (output: string): boolean => /^TCP window size: /m.test(output);

/** Reads one interval line of iperf3's text output in Kbits/sec; undefined for every other line. */
export function parseIperfLine(text: string): IperfLine | undefined {
  const match = interval.exec(text);
  if (match === null) return undefined;
  const [, start, end, kbps, retransmits] = match;
  const startS = Number(start);
  const endS = Number(end);
  return {
    startS,
    endS,
    bytes: Math.round((Number(kbps) * 1000 * (endS - startS)) / 8),
    retransmits: retransmits === undefined ? null : Number(retransmits),
  };
}

/**
 * Puts iperf3's intervals, which count from its own start, on the observer's clock. A line can be late but
 * not early, so the start is the earliest that any line allows.
 */
export function iperfSamples(
  lines: readonly { readonly arrivedMs: number; readonly line: IperfLine }[],
  flow: IperfSample["flow"],
): IperfSample[] {
  const startMs = lines.reduce(
    (earliest, { arrivedMs, line }) => Math.min(earliest, arrivedMs - line.endS * 1000),
    Number.POSITIVE_INFINITY,
  );
  return lines.map(({ line }) => ({
    flow,
    startMs: startMs + line.startS * 1000,
    endMs: startMs + line.endS * 1000,
    bytes: line.bytes,
    retransmits: line.retransmits,
  }));
}
