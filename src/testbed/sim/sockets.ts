import type { Cell } from "../../experiment/plan.js";
import type { StreamOptions } from "./migration/stream.js";
import type { ConnectionOptions } from "./mptcp/connection.js";
import type { BulkFlowOptions } from "./tcp/bulk-flow.js";
import type { SimulationParameters } from "./parameters.js";
import { type CongestionControl, Reno } from "./tcp/congestion-control.js";
import { Cubic } from "./tcp/cubic.js";

/** Ethernet, IPv4, TCP and its timestamps: what stands before a segment's payload, bytes. */
const SEGMENT_HEADER_BYTES = 14 + 20 + 20 + 12;

function congestionControl(cell: Cell): CongestionControl {
  return cell.profile.tcp.congestionControl.value === "reno" ? new Reno() : new Cubic();
}

/** Segments of one skb: several only with segmentation offload. */
function gsoSegments(cell: Cell, mssBytes: number, tcp: SimulationParameters["tcp"]): number {
  return cell.profile.link.offloads.value === "on" ? Math.floor(tcp.gsoMaxBytes / mssBytes) : 1;
}

/** truesize of an skb over its payload, in the sender's queue and in the receiver's. */
function sentOverhead(cell: Cell, tcp: SimulationParameters["tcp"]): number {
  return cell.profile.link.offloads.value === "on" ? tcp.sentSkbOverheadOn : tcp.skbOverheadOff;
}

function receivedOverhead(cell: Cell, tcp: SimulationParameters["tcp"]): number {
  return cell.profile.link.offloads.value === "on" ? tcp.receivedSkbOverheadOn : tcp.skbOverheadOff;
}

/** The profile's knobs and the model's constants as the migration's socket has them. */
export function migrationSocket(cell: Cell, { tcp }: SimulationParameters): StreamOptions {
  const { rmemBytes, wmemBytes } = cell.profile.tcp;
  const [, rmemDefaultBytes, rmemMaxBytes] = rmemBytes.value;
  const [, wmemDefaultBytes, wmemMaxBytes] = wmemBytes.value;
  const { mssBytes } = tcp;
  return {
    sender: {
      mssBytes,
      headerBytes: SEGMENT_HEADER_BYTES,
      initialWindow: tcp.initialWindow,
      gsoSegments: gsoSegments(cell, mssBytes, tcp),
    },
    receiver: {
      mssBytes,
      ackBytes: SEGMENT_HEADER_BYTES,
      rmemDefaultBytes,
      rmemMaxBytes,
      windowShare: tcp.windowShare,
      overhead: receivedOverhead(cell, tcp),
    },
    congestion: congestionControl(cell),
    wmemDefaultBytes,
    wmemMaxBytes,
    overhead: sentOverhead(cell, tcp),
  };
}

/** iperf's TCP connection from cloudlet to cloudlet, its `-w` as for the device's below. */
export function cloudletsSocket(cell: Cell, { tcp }: SimulationParameters): BulkFlowOptions {
  const [, rmemDefaultBytes, rmemMaxBytes] = cell.profile.tcp.rmemBytes.value;
  const windowBytes = cell.workload.windowKiB * 1024;
  const { mssBytes } = tcp;
  return {
    sender: {
      mssBytes,
      headerBytes: SEGMENT_HEADER_BYTES,
      initialWindow: tcp.initialWindow,
      gsoSegments: gsoSegments(cell, mssBytes, tcp),
    },
    receiver: {
      mssBytes,
      ackBytes: SEGMENT_HEADER_BYTES,
      rmemDefaultBytes,
      rmemMaxBytes,
      windowShare: tcp.windowShare,
      overhead: receivedOverhead(cell, tcp),
      lockedWindowBytes: windowBytes,
    },
    congestion: congestionControl(cell),
    sendBufferBytes: windowBytes,
  };
}

/**
 * iperf's MPTCP connection. `-w` sets SO_RCVBUF and SO_SNDBUF on both ends; the kernel doubles them for
 * its overhead, so that what the user asked for is what the window comes to (socket(7)).
 */
export function iperfSocket(cell: Cell, { tcp }: SimulationParameters): ConnectionOptions {
  const [, rmemDefaultBytes, rmemMaxBytes] = cell.profile.tcp.rmemBytes.value;
  const windowBytes = cell.workload.windowKiB * 1024;
  const mssBytes = tcp.mssBytes - tcp.dssOptionBytes;
  return {
    sender: {
      mssBytes,
      headerBytes: SEGMENT_HEADER_BYTES + tcp.dssOptionBytes,
      initialWindow: tcp.initialWindow,
      gsoSegments: gsoSegments(cell, mssBytes, tcp),
    },
    receiver: {
      mssBytes,
      ackBytes: SEGMENT_HEADER_BYTES + tcp.dssOptionBytes,
      rmemDefaultBytes,
      rmemMaxBytes,
      windowShare: tcp.windowShare,
      overhead: receivedOverhead(cell, tcp),
      lockedWindowBytes: windowBytes,
    },
    congestion: () => congestionControl(cell),
    sendBufferBytes: windowBytes,
    staleLossCount: tcp.staleLossCount,
  };
}
