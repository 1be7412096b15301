import type { Profile } from "./schema.js";

/** Ethernet frame that carries a full 1500-byte IP packet, as tbf counts it (no preamble, no FCS). */
export const FRAME_BYTES = 1514;

/** HZ of Debian's kernels: tbf needs a burst of rate/HZ (tc-tbf(8)). */
const TIMER_HZ = 250;

/** One direction of a shaped link: tbf and netem, one inside the other. */
export interface Shaping {
  readonly rateBps: number;
  /** One-way delay, ms. */
  readonly delayMs: number;
  /** How far a packet's delay may be from that, ms, drawn evenly; packets keep their order. */
  readonly jitterMs?: number;
  /** netem's limit, packets. With tbf as the root it covers the delay line and what waits for tokens. */
  readonly limitPackets: number;
  readonly burstBytes: number;
  /** tbf's own queue, bytes; in use only where netem is the root. */
  readonly queueBytes: number;
  readonly rootQdisc: "tbf" | "netem";
}

export interface LinkShaping {
  /** The direction of the migration: from VM3's first cloudlet to its next, or from the device on. */
  readonly forward: Shaping;
  readonly backward: Shaping;
}

/** A link that is limited and delayed. */
export interface ShapedLinkParameters {
  readonly rateBps: number;
  readonly rttMs: number;
  /** Each way. */
  readonly jitterMs?: number;
}

/** How a profile shapes a link of these parameters, direction by direction. */
export function linkShaping(link: ShapedLinkParameters, profile: Profile["link"]): LinkShaping {
  const forwardDelayMs = profile.delaySide.value === "sender" ? link.rttMs : link.rttMs / 2;
  const direction = (delayMs: number): Shaping => ({
    rateBps: link.rateBps,
    delayMs,
    ...(link.jitterMs === undefined ? {} : { jitterMs: link.jitterMs }),
    limitPackets: limitPackets(link.rateBps, delayMs, profile),
    burstBytes: burstBytes(link.rateBps, profile),
    // At least one frame, or a slow link would pass no full one at all.
    queueBytes: Math.max(Math.ceil((link.rateBps * profile.queueMs.value) / 8000), FRAME_BYTES),
    rootQdisc: profile.rootQdisc.value,
  });
  return { forward: direction(forwardDelayMs), backward: direction(link.rttMs - forwardDelayMs) };
}

function limitPackets(rateBps: number, delayMs: number, profile: Profile["link"]): number {
  const { value } = profile.limitPackets;
  if (value !== "fit") return value;
  return Math.ceil((rateBps * (delayMs + profile.queueMs.value)) / 8000 / FRAME_BYTES);
}

function burstBytes(rateBps: number, profile: Profile["link"]): number {
  const { value } = profile.burstBytes;
  // Never below ten frames, or a low rate would pass less than it should.
  return value === "fit" ? Math.max(Math.ceil(rateBps / 8 / TIMER_HZ), 10 * FRAME_BYTES) : value;
}
