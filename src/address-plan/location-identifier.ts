import type { PlannedCloudlet } from "./plan.js";
import { addressFrom, addressText, broadcastOf, contains } from "./prefix.js";

/**
 * The location identifier (thesis 3.4.3): packets that reach a VM from another cloudlet's LAN say where its device has
 * gone. A pure state machine; time is handed in with each packet.
 *
 * The thesis migrates at the first such packet. Here a candidate must prove itself first, and a device that goes to
 * and fro is held back by a decaying penalty, as routers damp a flapping route (RFC 2439).
 */

/** What a candidate has to show, and what flapping costs. None of it is in the thesis. */
export interface Damping {
  /** Packets from the new address, all after the last one from home. */
  readonly packets: number;
  /** Time from the first of them to the one that triggers, ms: it is added to equation 3.1's T_CVM. */
  readonly dwellMs: number;
  /** A candidate that is silent for so long is forgotten, ms. */
  readonly silenceMs: number;
  /** Penalty of each change of mind, and the levels at which suppression begins and ends (RFC 2439, 4.2). */
  readonly penalty: number;
  readonly suppressAbove: number;
  readonly reuseBelow: number;
  /** In which the penalty halves, ms. */
  readonly halfLifeMs: number;
}

/**
 * Three packets over half a second: a stray packet never does, and a migration of seconds is no longer for it. The
 * penalties are in the proportions that routers ship with (1000, 2000, 750); the half-life is a walker's, who
 * crosses 70 m in a minute, and not a route's quarter of an hour.
 */
export const DAMPING: Damping = {
  packets: 3,
  dwellMs: 500,
  silenceMs: 5000,
  penalty: 1000,
  suppressAbove: 2000,
  reuseBelow: 750,
  halfLifeMs: 60_000,
};

export interface LocationState {
  /** Where the VM runs. */
  readonly home: string;
  readonly lastMs: number;
  /** An address from which the device may be there to stay. */
  readonly candidate: {
    readonly address: number;
    readonly cloudlet: string;
    readonly sinceMs: number;
    readonly lastMs: number;
    readonly packets: number;
  } | null;
  /** A migration was triggered and has not ended. */
  readonly movingTo: string | null;
  readonly penalty: number;
  /** When the penalty had that value, ms. */
  readonly penaltyAtMs: number;
  readonly suppressed: boolean;
}

export type Verdict =
  /** From the LAN in which the VM is. */
  | { readonly kind: "home" }
  /** From no cloudlet of the VPN: a cellular network, or an address that a NAT put there. Nowhere to migrate to. */
  | { readonly kind: "elsewhere" }
  /** From a cloudlet's LAN, but no address that a device may have: a NAT at the cloudlet, or another VM. */
  | { readonly kind: "no-device" }
  /** The VM is on its way already. */
  | { readonly kind: "moving" }
  | { readonly kind: "candidate"; readonly cloudlet: string; readonly packets: number }
  /** It would trigger, but the device has changed its mind too often. */
  | { readonly kind: "suppressed"; readonly cloudlet: string; readonly penalty: number }
  | { readonly kind: "trigger"; readonly cloudlet: string; readonly deviceAddress: string };

export const locatedAt = (home: string, nowMs: number): LocationState => ({
  home,
  lastMs: nowMs,
  candidate: null,
  movingTo: null,
  penalty: 0,
  penaltyAtMs: nowMs,
  suppressed: false,
});

/**
 * One packet for the VM.
 *
 * @throws RangeError for a source that is no IPv4 address, and for time that goes backwards.
 */
export function observe(
  before: LocationState,
  packet: { readonly tMs: number; readonly source: string },
  cloudlets: readonly PlannedCloudlet[],
  damping: Damping = DAMPING,
): { readonly state: LocationState; readonly verdict: Verdict } {
  const { tMs } = packet;
  if (!(tMs >= before.lastMs)) {
    throw new RangeError(`a packet at ${tMs} ms comes after one at ${before.lastMs} ms: time goes backwards`);
  }
  const state = forgetting(decayed({ ...before, lastMs: tMs }, damping), damping);
  const source = addressFrom(packet.source);
  const cloudlet = cloudlets.find(({ prefix }) => contains(prefix, source));
  if (cloudlet === undefined) return { state, verdict: { kind: "elsewhere" } };
  if (state.movingTo !== null) return { state, verdict: { kind: "moving" } };
  if (cloudlet.name === state.home) return { state: returned(state, damping), verdict: { kind: "home" } };
  if (!mayBeDevice(source, cloudlet)) return { state, verdict: { kind: "no-device" } };
  return judged(state, source, cloudlet.name, damping);
}

/** The VM runs there now: the migration has ended, or was given up and it runs where it was. */
export const settledAt = (state: LocationState, home: string): LocationState => ({
  ...state,
  home,
  movingTo: null,
  candidate: null,
});

function mayBeDevice(address: number, { prefix, reserved }: PlannedCloudlet): boolean {
  return (
    address % 2 === 0 &&
    address !== prefix.network &&
    address + 1 < broadcastOf(prefix) &&
    !reserved.has(address)
  );
}

function judged(state: LocationState, address: number, cloudlet: string, damping: Damping) {
  const { lastMs } = state;
  const known = state.candidate?.address === address ? state.candidate : null;
  // From one foreign cloudlet to the next without a packet from home: a change of mind as well.
  const charged = state.candidate === null || known !== null ? state : penalised(state, damping);
  const candidate = {
    address,
    cloudlet,
    sinceMs: known?.sinceMs ?? lastMs,
    lastMs,
    packets: (known?.packets ?? 0) + 1,
  };
  const next: LocationState = { ...charged, candidate };
  const isProven = candidate.packets >= damping.packets && lastMs - candidate.sinceMs >= damping.dwellMs;
  if (!isProven)
    return { state: next, verdict: { kind: "candidate", cloudlet, packets: candidate.packets } } as const;
  if (next.suppressed) {
    return { state: next, verdict: { kind: "suppressed", cloudlet, penalty: next.penalty } } as const;
  }
  return {
    state: { ...penalised(next, damping), candidate: null, movingTo: cloudlet },
    verdict: { kind: "trigger", cloudlet, deviceAddress: addressText(address) },
  } as const;
}

/** Back before it triggered. */
const returned = (state: LocationState, damping: Damping): LocationState =>
  state.candidate === null ? state : { ...penalised(state, damping), candidate: null };

function penalised(state: LocationState, { penalty, suppressAbove }: Damping): LocationState {
  const sum = state.penalty + penalty;
  return { ...state, penalty: sum, suppressed: state.suppressed || sum > suppressAbove };
}

function decayed(state: LocationState, { halfLifeMs, reuseBelow }: Damping): LocationState {
  const penalty = state.penalty * 2 ** (-(state.lastMs - state.penaltyAtMs) / halfLifeMs);
  return {
    ...state,
    penalty,
    penaltyAtMs: state.lastMs,
    suppressed: state.suppressed && penalty >= reuseBelow,
  };
}

/** One that went silent was a stray packet, or a device that is out of reach: it costs nothing. */
const forgetting = (state: LocationState, { silenceMs }: Damping): LocationState =>
  state.candidate !== null && state.lastMs - state.candidate.lastMs > silenceMs
    ? { ...state, candidate: null }
    : state;
