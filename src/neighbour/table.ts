import { endpointText, type Peers } from "./peers.js";
import { responseClassOf } from "../paper/response-class.js";

/** One peer for a reader. */
export interface PeerRow {
  readonly name: string | null;
  readonly endpoint: string;
  readonly state: string;
  /** Whether a VM may migrate there (thesis 3.4.4). */
  readonly isNeighbour: boolean;
  readonly rttMs: number | null;
  /** Class of Table 3.2. */
  readonly impression: string | null;
  readonly measuredAt: string | null;
}

/** Neighbours first, the nearest of them first. */
export function peerRows(peers: Peers): PeerRow[] {
  return [...peers.values()]
    .map((peer) => ({
      name: peer.name,
      endpoint: endpointText(peer),
      state: peer.standing.kind,
      isNeighbour: peer.standing.kind === "neighbour",
      rttMs: peer.rttMs === null ? null : Number(peer.rttMs.toFixed(3)),
      impression: peer.rttMs === null ? null : responseClassOf(peer.rttMs),
      measuredAt: peer.measuredAt,
    }))
    .sort(
      (a, b) =>
        Number(b.isNeighbour) - Number(a.isNeighbour) || (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity),
    );
}

/** The rows in words, under a line of titles. */
export const peerTable = (rows: readonly PeerRow[]): string[][] => [
  ["cloudlet", "address", "state", "RTT, ms", "Table 3.2", "measured at"],
  ...rows.map(({ name, endpoint, state, rttMs, impression, measuredAt }) => [
    name ?? "-",
    endpoint,
    state,
    rttMs === null ? "-" : rttMs.toFixed(1),
    impression ?? "-",
    measuredAt ?? "-",
  ]),
];
