import { z } from "zod";
import { NAME_PATTERN } from "./message.js";
import { afterRound, type NeighbourDamping, type Standing } from "./standing.js";

const count = z.int().min(0).max(1_000_000);
const silentRounds = count;

/** UDP over IPv4. */
export const endpointSchema = z.strictObject({ address: z.ipv4(), port: z.int().min(1).max(65_535) });
export type Endpoint = z.infer<typeof endpointSchema>;

const standingSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("announced"), silentRounds }),
  z.strictObject({ kind: z.literal("neighbour"), slowRounds: count, silentRounds }),
  z.strictObject({ kind: z.literal("too far"), fastRounds: count, silentRounds }),
  z.strictObject({ kind: z.literal("silent"), silentRounds }),
]) satisfies z.ZodType<Standing>;

/** Another cloudlet, as it is known here. */
export const peerSchema = z.strictObject({
  ...endpointSchema.shape,
  /** What it calls itself; null: it has never answered. */
  name: z.string().regex(NAME_PATTERN).nullable(),
  standing: standingSchema,
  /** Median of the last round that it answered, ms. */
  rttMs: z.number().min(0).nullable(),
  /** When that was. */
  measuredAt: z.iso.datetime().nullable(),
});
export type Peer = z.infer<typeof peerSchema>;

/** By `address:port`. A change gives a new value. */
export type Peers = ReadonlyMap<string, Peer>;

/** As many /24 as the second octet of 10.x.0.0 tells apart. More would make a round a burst. */
export const MOST_PEERS = 256;

export const endpointText = ({ address, port }: Endpoint): string => `${address}:${port}`;

/** One that has shown itself, or is to be tried. */
export const newPeer = ({ address, port }: Endpoint, name: string | null): Peer => ({
  address,
  port,
  name,
  standing: { kind: "announced", silentRounds: 0 },
  rttMs: null,
  measuredAt: null,
});

/** What a round found of one peer. */
export interface Measured {
  /** Median of its echoes; null: most were not answered. */
  readonly rttMs: number | null;
  /** What it called itself; null: it did not answer. */
  readonly name: string | null;
}

/** A peer whose standing became another kind, or that was forgotten. */
export interface Change {
  readonly peer: Peer;
  readonly from: Standing["kind"];
  readonly to: Standing["kind"] | "forgotten";
}

/**
 * One round of measurement.
 *
 * @param measured by `address:port`; a peer that is not in it was not asked, and stays as it is.
 * @param isKept whether a peer is tried on however long it is silent: one that the operator named.
 */
export function afterRoundOfAll(
  peers: Peers,
  measured: ReadonlyMap<string, Measured>,
  at: string,
  isKept: (key: string) => boolean,
  damping?: NeighbourDamping,
): { readonly peers: Peers; readonly changes: readonly Change[] } {
  const next = new Map<string, Peer>();
  const changes: Change[] = [];
  for (const [key, peer] of peers) {
    const found = measured.get(key);
    if (found === undefined) {
      next.set(key, peer);
      continue;
    }
    const standing = afterRound(peer.standing, found.rttMs, damping) ?? (isKept(key) ? peer.standing : null);
    const from = peer.standing.kind;
    if (standing === null) {
      changes.push({ peer, from, to: "forgotten" });
      continue;
    }
    const answered = found.rttMs === null ? {} : { rttMs: found.rttMs, measuredAt: at };
    const updated = { ...peer, name: found.name ?? peer.name, standing, ...answered };
    next.set(key, updated);
    if (standing.kind !== from) changes.push({ peer: updated, from, to: standing.kind });
  }
  return { peers: next, changes };
}

/** It said that it leaves: silent from now on. */
export function departed(
  peers: Peers,
  key: string,
): { readonly peers: Peers; readonly changes: readonly Change[] } {
  const peer = peers.get(key);
  if (peer === undefined || peer.standing.kind === "silent") return { peers, changes: [] };
  const updated: Peer = { ...peer, standing: { kind: "silent", silentRounds: 0 } };
  return {
    peers: new Map(peers).set(key, updated),
    changes: [{ peer: updated, from: peer.standing.kind, to: "silent" }],
  };
}
