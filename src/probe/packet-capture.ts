import type { CommandLine } from "../host/process.js";

/**
 * Where a capture ends by itself and is then marked as incomplete: with 128 bytes of a packet and 16 of its header
 * at 69 MiB. Measured: the cell of section 4.5 with the thesis's window and without offloads has 143 000.
 */
export const MAX_PACKETS = 500_000;

/**
 * Headers of all TCP and ICMP on every interface, as a pcap file with nanosecond time stamps (pcap-savefile(5)). 128
 * bytes hold the cooked link-layer header (20), IPv4 (20), and TCP with all of its options (60), where MPTCP is.
 */
export function packetCaptureCommand(file: string): CommandLine {
  return [
    ...(["tcpdump", "-i", "any", "-n", "--time-stamp-precision=nano"] as const),
    ...["-s", "128", "-B", "16384", "-c", String(MAX_PACKETS)],
    // Else it would give up root before it opens the file.
    ...["-Z", "root", "-w", file],
    "tcp or icmp",
  ];
}

/** libpcap hands packets over in blocks, a block not yet full after at most so long (tcpdump's read timeout). */
export const HANDOVER_MS = 1000;

/** Reads tcpdump's closing words on standard error: what is in the file. */
export function capturedPackets(stderr: string): number {
  return Number(/^(\d{1,12}) packets? captured/m.exec(stderr)?.[1] ?? 0);
}
