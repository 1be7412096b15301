/**
 * Raw series of a cell: one row a sample, nothing derived. Times are milliseconds since the cell
 * began on the observer's monotonic clock (the device, which does not migrate), unless named otherwise.
 * Written as CSV, one file a series; the columns are these keys in this order.
 */

/** Which of VM3's two addresses (thesis 3.2.1): the one it has at cloudlet 1, or its next, odd one at cloudlet 2. */
export type Vm3Address = "old" | "next";

/** One echo request of the dual-address probe, sent every 10 ms to both addresses (thesis 4.2). */
export interface ProbeSample {
  readonly address: Vm3Address;
  readonly sequence: number;
  /** When it was due on the probe's schedule. */
  readonly scheduledMs: number;
  /** When it left, stamped at the device's interface. */
  readonly sentMs: number;
  /** When its reply came in; null when none did. */
  readonly receivedMs: number | null;
}

/** One echo request of the 1 s ping. */
export interface PingSample {
  readonly address: Vm3Address;
  readonly sequence: number;
  readonly sentMs: number;
  /** null when no reply came. */
  readonly rttMs: number | null;
}

/** One reporting interval of an iperf flow. */
export interface IperfSample {
  /** `device`: VM4 to VM3 over MPTCP. `cloudlets`: VM2 to VM1 (Fig. 4.2). */
  readonly flow: "device" | "cloudlets";
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
  readonly retransmits: number | null;
}

/** One poll of QEMU's query-migrate, or a simulated hypervisor's equivalent. */
export interface MigrationSample {
  readonly tMs: number;
  /** QEMU MigrationStatus: setup, active, device, completed, failed, … */
  readonly status: string;
  readonly transferredBytes: number;
  readonly remainingBytes: number;
  readonly normalPages: number;
  readonly duplicatePages: number;
  readonly dirtySyncCount: number;
  readonly dirtyPagesPerS: number | null;
  readonly throughputMbit: number | null;
  readonly expectedDowntimeMs: number | null;
}

/** One look at the device's MPTCP connection. */
export interface SubflowSample {
  readonly tMs: number;
  /** Subflows of the connection that ss lists as established. */
  readonly established: number;
  /** `local address>remote address` of each, separated by spaces. */
  readonly paths: string;
}

export interface RawSeries {
  readonly probe: readonly ProbeSample[];
  readonly ping: readonly PingSample[];
  readonly iperf: readonly IperfSample[];
  readonly migration: readonly MigrationSample[];
  readonly subflow: readonly SubflowSample[];
}

export type SeriesName = keyof RawSeries;

/** Column order of each series' CSV. */
export const seriesColumns = {
  probe: ["address", "sequence", "scheduledMs", "sentMs", "receivedMs"],
  ping: ["address", "sequence", "sentMs", "rttMs"],
  iperf: ["flow", "startMs", "endMs", "bytes", "retransmits"],
  migration: [
    "tMs",
    "status",
    "transferredBytes",
    "remainingBytes",
    "normalPages",
    "duplicatePages",
    "dirtySyncCount",
    "dirtyPagesPerS",
    "throughputMbit",
    "expectedDowntimeMs",
  ],
  subflow: ["tMs", "established", "paths"],
} as const satisfies { [S in SeriesName]: readonly (keyof RawSeries[S][number])[] };
