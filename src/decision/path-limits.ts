import { FRAME_BYTES, linkShaping } from "../experiment/link-shaping.js";
import type { Profile } from "../experiment/schema.js";
import type { SimulationParameters } from "../testbed/sim/parameters.js";
import type { MigrationQuestion } from "./migration-question.js";

/** Mean window of a loss-based sender that halves to β = 0.7 and grows back evenly (RFC 9438, 4.3 and 4.6). */
const SAWTOOTH = (1 + 0.7) / 2;
/** tcp_pacing_ca_ratio, and the stretch of it that one skb is sized to (tcp_tso_autosize: 2^-10 s). */
const PACING_RATIO = 1.2;
const AUTOSIZE_S = 1 / 1024;

/** What the path lets the stream of a migration have. */
export interface PathLimits {
  /** Payload rate in steady state, bytes/s. */
  readonly rateBytesPerS: number;
  /** Which limit that is. */
  readonly bound: "link" | "max-bandwidth" | "window" | "packet-limit";
  /** Mean RTT of anything that shares the stream's queue, ms. */
  readonly rttMs: number;
  /** How long slow start keeps the stream below that rate, as time lost, s. */
  readonly slowStartS: number;
  /** Bandwidth-delay product over what the sender can have outstanding: from 1 on, the link is never full. */
  readonly fill: number;
  /** What a sender can hold in socket and path when its guest stops, bytes. */
  readonly bufferBytes: number;
}

/**
 * Rate and RTT of one TCP stream over the link between two cloudlets: the smallest of the token bucket's rate less
 * headers, QEMU's max-bandwidth, window / RTT (thesis equation 3.7), and what a packet limit lets through that also has
 * to hold the delay line. Where the link is the limit, what the stream may have outstanding fills the queue.
 */
export function pathLimits(
  { rateBps, rttMs }: MigrationQuestion,
  { link, tcp, migration }: Profile,
  { tcp: sockets }: SimulationParameters,
): PathLimits {
  const { forward } = linkShaping({ rateBps, rttMs }, link);
  const gso = link.offloads.value === "on";
  const payloadShare = sockets.mssBytes / FRAME_BYTES;
  const windowBytes = Math.min(
    tcp.rmemBytes.value[2] / (gso ? sockets.receivedSkbOverheadOn : sockets.skbOverheadOff),
    tcp.wmemBytes.value[2] / (gso ? sockets.sentSkbOverheadOn : sockets.skbOverheadOff),
  );
  const packetBytes = gso ? segmentedPacketBytes(rateBps, sockets) : FRAME_BYTES;
  const limitBytes = forward.limitPackets * packetBytes;
  const lossBound = limitBytes < windowBytes;
  const heldBytes = lossBound ? SAWTOOTH * limitBytes : windowBytes;

  const perDelay = (bytes: number, ms: number): number => (ms === 0 ? Infinity : (bytes * 1000) / ms);
  const candidates = [
    { bound: "link" as const, rateBytesPerS: (rateBps / 8) * payloadShare },
    { bound: "max-bandwidth" as const, rateBytesPerS: migration.maxBandwidthBytesPerS.value || Infinity },
    { bound: "window" as const, rateBytesPerS: perDelay(windowBytes, rttMs) },
    {
      bound: "packet-limit" as const,
      rateBytesPerS: perDelay(SAWTOOTH * limitBytes * payloadShare, forward.delayMs),
    },
  ];
  const { bound, rateBytesPerS } = candidates.reduce((least, next) =>
    next.rateBytesPerS < least.rateBytesPerS ? next : least,
  );
  const queuedRttMs = (heldBytes * 8000) / rateBps;
  const rounds = Math.log2(
    Math.max(1, (rateBytesPerS * rttMs) / 1000 / (sockets.initialWindow * sockets.mssBytes)),
  );
  return {
    rateBytesPerS,
    bound,
    rttMs: bound === "link" ? Math.max(rttMs, queuedRttMs) : rttMs,
    slowStartS: (rttMs / 1000) * Math.max(0, rounds - 1),
    fill: (rateBps * rttMs) / 8000 / heldBytes,
    bufferBytes: windowBytes,
  };
}

/** A GSO packet counts as one: as large as a sender at the link's rate makes it. */
function segmentedPacketBytes(
  rateBps: number,
  { gsoMaxBytes, mssBytes }: SimulationParameters["tcp"],
): number {
  return Math.min(gsoMaxBytes, Math.max(2 * mssBytes, ((PACING_RATIO * rateBps) / 8) * AUTOSIZE_S));
}
