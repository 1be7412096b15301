import type { CellRecording } from "../../record/recording.js";
import type { AccessNetwork } from "../../record/schema.js";
import type { Estimate, Metric } from "../contract.js";
import { addressIn, wifiMoves } from "../walk.js";

/** The move's stamp is the harness's, as it starts ip(8), which takes effect within the call: some 10 ms, 20 ms under load. */
const MOVE_BOUND_MS = 20;

/** Series are written to the microsecond, events are not: what a move sets off at once may seem to come before it. */
const WRITTEN_MS = 0.001;

/**
 * Time to the first byte on a new subflow: from the device's move that it answers, the last one before it, to the first
 * segment with payload that left from the network's address. While another subflow carries the connection a backup
 * stays silent, and the move that it answers is the loss of the other network.
 *
 * Bound: 20 ms. The capture's stamps are the kernel's; that of the move is taken before the command that makes it.
 */
export const metrics: readonly Metric[] = (
  [
    ["wifi2", "second Wi-Fi network"],
    ["cellular", "cellular network"],
  ] as const
).map(([network, where]) => ({
  id: `firstByte${network === "wifi2" ? "Wifi2" : "Cellular"}Ms`,
  title: `Time to the first byte on the subflow from the ${where}`,
  unit: "ms",
  source: "thesis 3.3.1 and 3.3.2",
  scenarios: ["device-handover"],
  compute: (cell) => firstByteMs(cell, network),
}));

function firstByteMs(cell: CellRecording, network: AccessNetwork): Estimate | undefined {
  const address = addressIn(cell, network);
  if (address === undefined) return undefined;
  const firstMs = cell.series.burst.find(({ path }) => path.startsWith(`${address}>`))?.startMs;
  const move = wifiMoves(cell).findLast(({ tMs }) => firstMs !== undefined && tMs <= firstMs + WRITTEN_MS);
  // Data on the cellular subflow from the start on, in full-MPTCP mode, answer no move.
  if (firstMs === undefined || move === undefined) return undefined;
  return { value: Math.max(firstMs - move.tMs, 0), errorBound: MOVE_BOUND_MS };
}
