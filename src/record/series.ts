import type { Flow } from "../experiment/schema.js";
import type { Column } from "./column.js";

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

/** One echo request of ping: from the device to an address of VM3, or from VM2 to VM1. */
export interface PingSample {
  readonly address: Vm3Address | "vm1";
  readonly sequence: number;
  readonly sentMs: number;
  /** null when no reply came. */
  readonly rttMs: number | null;
}

/** One reporting interval of an iperf flow. */
export interface IperfSample {
  readonly flow: Flow;
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

/** MPTCP's signals by the names of thesis Table 2.2, and those of RFC 8684 that it leaves out. DSS alone is not kept. */
export const mptcpSignals = [
  "MP_CAPABLE",
  "MP_JOIN",
  "ADD_ADDR",
  "REMOVE_ADDR",
  "MP_PRIO",
  "MP_FAIL",
  "MP_FASTCLOSE",
  "MP_TCPRST",
  "DATA_FIN",
] as const;
export type MptcpSignal = (typeof mptcpSignals)[number];

/** One signal of MPTCP in a packet, as a capture at the device has it. */
export interface SignalSample {
  readonly tMs: number;
  /** iperf3's connection for its control messages, or that of the data. */
  readonly connection: "control" | "data";
  readonly sender: "device" | "vm3";
  /** `device's address>VM3's address` of the subflow that carried it. */
  readonly path: string;
  readonly signal: MptcpSignal;
  /** `SYN`, `SYN/ACK`, `ACK` of a handshake, `backup`, `address 2`, …; may be empty. */
  readonly detail: string;
}

/** Payload that the device sent on one subflow of the data connection within 100 ms. */
export interface BurstSample {
  /** `device's address>VM3's address`. */
  readonly path: string;
  /** When its first and its last segment left. */
  readonly startMs: number;
  readonly endMs: number;
  readonly bytes: number;
}

export interface RawSeries {
  readonly probe: readonly ProbeSample[];
  readonly ping: readonly PingSample[];
  readonly iperf: readonly IperfSample[];
  readonly migration: readonly MigrationSample[];
  readonly subflow: readonly SubflowSample[];
  readonly signal: readonly SignalSample[];
  readonly burst: readonly BurstSample[];
}

/** Of a cell that observed nothing. */
export const noSeries: RawSeries = {
  probe: [],
  ping: [],
  iperf: [],
  migration: [],
  subflow: [],
  signal: [],
  burst: [],
};

export type SeriesName = keyof RawSeries;

type SeriesColumns = {
  readonly [S in SeriesName]: {
    readonly [Name in keyof RawSeries[S][number]]-?: Omit<Column, "name">;
  };
};

const address = (words: readonly string[], description: string) =>
  ({ type: "string", words, description }) as const;
const ms = (description: string) => ({ type: "number", unit: "ms", description }) as const;
const count = (description: string) => ({ type: "integer", description }) as const;
const bytes = (description: string) => ({ type: "integer", unit: "B", description }) as const;
const optional = <T extends object>(column: T) => ({ ...column, optional: true }) as const;

/** Columns of each series' CSV, in their order. Times are on the device's clock, from the cell's begin. */
export const seriesColumns: SeriesColumns = {
  probe: {
    address: address(["old", "next"], "Which of VM3's addresses the request went to"),
    sequence: count("Number of the request at this address"),
    scheduledMs: ms("When the request was due on the probe's schedule"),
    sentMs: ms("When the request left, stamped at the device's interface"),
    receivedMs: optional(ms("When its reply came in; empty: none did")),
  },
  ping: {
    address: address(
      ["old", "next", "vm1"],
      "Which of VM3's addresses the request went to; vm1: from VM2 to VM1",
    ),
    sequence: count("Number of the request at this address"),
    sentMs: ms("When the request left"),
    rttMs: optional(ms("Round-trip time as ping states it; empty: no reply")),
  },
  iperf: {
    flow: {
      type: "string",
      words: ["device", "cloudlets"],
      description: "device: VM4 to VM3 over MPTCP; cloudlets: VM2 to VM1 over TCP",
    },
    startMs: ms("Start of the reporting interval"),
    endMs: ms("End of the reporting interval"),
    bytes: bytes("Payload that the sender handed to its socket in the interval"),
    retransmits: optional(count("Segments sent again in the interval; empty: not reported")),
  },
  migration: {
    tMs: ms("When the hypervisor was asked"),
    status: { type: "string", description: "State of the migration (QEMU MigrationStatus)" },
    transferredBytes: bytes("Written into the migration stream so far (QEMU transferred)"),
    remainingBytes: bytes("Still to be sent (QEMU remaining)"),
    normalPages: count("Pages sent whole so far (QEMU normal)"),
    duplicatePages: count("Pages sent as all zero so far (QEMU duplicate)"),
    dirtySyncCount: count("Passes over the dirty bitmap begun so far (QEMU dirty-sync-count)"),
    dirtyPagesPerS: optional({
      type: "number",
      unit: "1/s",
      description: "Pages that the guest dirties (QEMU dirty-pages-rate); empty: not stated",
    } as const),
    throughputMbit: optional({
      type: "number",
      unit: "Mbit/s",
      description: "Rate of the stream as the hypervisor states it (QEMU mbps); empty: not stated",
    } as const),
    expectedDowntimeMs: optional(
      ms("Downtime if the guest were stopped now (QEMU expected-downtime); empty: not stated"),
    ),
  },
  subflow: {
    tMs: ms("When ss was asked"),
    established: count("Subflows of the connection in state ESTAB"),
    paths: { type: "string", description: "local>remote address of each, separated by spaces; may be empty" },
  },
  signal: {
    tMs: ms("When the packet crossed the device's interface"),
    connection: address(["control", "data"], "Which of iperf3's two connections it belongs to"),
    sender: address(["device", "vm3"], "Who sent it"),
    path: { type: "string", description: "device's address>VM3's address of its subflow" },
    signal: address(mptcpSignals, "MPTCP's option in it (RFC 8684; thesis Table 2.2)"),
    detail: {
      type: "string",
      description: "Step of a handshake, backup flag, number of the address; may be empty",
    },
  },
  burst: {
    path: { type: "string", description: "device's address>VM3's address of the subflow" },
    startMs: ms("When the first segment left"),
    endMs: ms("When the last segment left"),
    bytes: bytes("Payload that the device sent on this subflow within 100 ms, retransmissions included"),
  },
};

/** What each series' CSV holds. */
export const seriesTitles: Readonly<Record<SeriesName, string>> = {
  probe: "Requests of the 10 ms dual-address probe",
  ping: "Requests of the 1 s ping",
  iperf: "Reporting intervals of the iperf flows",
  migration: "Polls of the hypervisor during the migration",
  subflow: "Looks at the device's MPTCP connection",
  signal: "Signals of MPTCP in packets at the device",
  burst: "Payload that the device sent on each subflow",
};

/** Columns that name a row, where rows have a name: a sequence number of ICMP has 16 bits and comes again. */
export const seriesKeys: { readonly [S in SeriesName]?: readonly (keyof RawSeries[S][number] & string)[] } = {
  iperf: ["flow", "startMs"],
  subflow: ["tMs"],
};

/** The columns of a series as a list. */
export const columnsOf = (name: SeriesName): Column[] =>
  Object.entries(seriesColumns[name] as Record<string, Omit<Column, "name">>).map(([column, rest]) => ({
    name: column,
    ...rest,
  }));
