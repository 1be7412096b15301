/**
 * Whether a cloudlet is in the neighbour database (thesis 3.4.4). A pure state machine, one step a round of
 * measurement.
 *
 * The thesis keeps those below 150 ms as of the last minute. An RTT near the limit would come and go with each
 * minute; here it takes several rounds to leave, and a lower RTT over several rounds to come back.
 */
export type Standing =
  /** It has shown itself, and no round has measured it yet. */
  | { readonly kind: "announced"; readonly silentRounds: number }
  /** In the database. `slowRounds`: in a row, at or above the limit; `silentRounds`: in a row without an answer. */
  | { readonly kind: "neighbour"; readonly slowRounds: number; readonly silentRounds: number }
  /** Not in it: too far. `fastRounds`: in a row, clearly below the limit. */
  | { readonly kind: "too far"; readonly fastRounds: number; readonly silentRounds: number }
  /** Not in it: silent. */
  | { readonly kind: "silent"; readonly silentRounds: number };

/** What keeps a database from flapping. Only the limit is from the thesis. */
export interface NeighbourDamping {
  /** A neighbour's RTT is below, ms. */
  readonly limitMs: number;
  /** One that was too far comes back below this, ms. */
  readonly returnBelowMs: number;
  /** Rounds in a row at or above the limit that end a neighbour, and below `returnBelowMs` that bring one back. */
  readonly rounds: number;
  /** Rounds in a row without an answer that end a neighbour. */
  readonly silentRounds: number;
  /** After so many silent rounds it is forgotten. */
  readonly forgetAfterRounds: number;
}

/**
 * Three minutes either way: a migration takes one at most (Tables 4.9, 4.10), so what lasts three is no effect of one.
 * Nine tenths of the limit to come back, more than the RTT of an idle path wavers. An hour to be forgotten.
 */
export const NEIGHBOUR_DAMPING: NeighbourDamping = {
  limitMs: 150,
  returnBelowMs: 135,
  rounds: 3,
  silentRounds: 3,
  forgetAfterRounds: 60,
};

/**
 * One round.
 *
 * @param rttMs median of the round's echoes; null: most were not answered.
 * @returns null: it is forgotten.
 */
export function afterRound(
  before: Standing,
  rttMs: number | null,
  damping: NeighbourDamping = NEIGHBOUR_DAMPING,
): Standing | null {
  return rttMs === null ? unanswered(before, damping) : answered(before, rttMs, damping);
}

function unanswered(before: Standing, { silentRounds: most, forgetAfterRounds }: NeighbourDamping) {
  const silentRounds = before.silentRounds + 1;
  if (silentRounds >= forgetAfterRounds) return null;
  return silentRounds >= most ? ({ kind: "silent", silentRounds } as const) : { ...before, silentRounds };
}

function answered(
  before: Standing,
  rttMs: number,
  { limitMs, returnBelowMs, rounds }: NeighbourDamping,
): Standing {
  const joined = { kind: "neighbour", slowRounds: 0, silentRounds: 0 } as const;
  const tooFar = { kind: "too far", fastRounds: 0, silentRounds: 0 } as const;
  switch (before.kind) {
    case "announced":
    case "silent":
      return rttMs < limitMs ? joined : tooFar;
    case "neighbour": {
      const slowRounds = rttMs < limitMs ? 0 : before.slowRounds + 1;
      return slowRounds >= rounds ? tooFar : { ...joined, slowRounds };
    }
    case "too far": {
      const fastRounds = rttMs < returnBelowMs ? before.fastRounds + 1 : 0;
      return fastRounds >= rounds ? joined : { ...tooFar, fastRounds };
    }
    default:
      return before satisfies never;
  }
}

/** Of so many echoes, the RTT in the middle, unanswered ones being the slowest; null when that is one of them. */
export function medianRttMs(sent: number, rttsMs: readonly number[]): number | null {
  return rttsMs.toSorted((a, b) => a - b)[Math.floor((sent - 1) / 2)] ?? null;
}
