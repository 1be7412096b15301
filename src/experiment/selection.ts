import { Failure } from "../failure.js";
import type { Cell } from "./plan.js";

/** All that selecting needs to know of a cell. */
type OnLink = Pick<Cell, "wan">;

/** What a cell can be selected by, and what its value for that is. */
const dimensions = {
  bw: (cell: OnLink) => (cell.wan.rateBps ?? NaN) / 1e6,
  rtt: (cell: OnLink) => cell.wan.rttMs,
} as const;

/** An unshaped link has neither bandwidth nor RTT to select by. */
const isShaped = (cell: OnLink): boolean => cell.wan.rateBps !== null;

type Dimension = keyof typeof dimensions;

interface Term {
  readonly dimension: Dimension;
  readonly value: number;
}

/**
 * The cells that `--only` keeps, e.g. `bw=350,rtt=20`: several values of one key are alternatives, different
 * keys must all fit.
 *
 * @throws Failure (usage) for a term that cannot be read or that no cell fits.
 */
export function select<C extends OnLink>(cells: readonly C[], only: string): C[] {
  const terms = only.split(",").map((text) => term(text.trim(), only));
  for (const { dimension, value } of terms) {
    const offered = [...new Set(cells.filter(isShaped).map(dimensions[dimension]))].sort((a, b) => a - b);
    if (!offered.includes(value))
      throw nothing(`no cell has ${dimension}=${value}`, only, dimension, offered);
  }
  // Each value occurs, and experiments are full grids; yet several experiments together need not be one.
  const selected = cells.filter(
    (cell) =>
      isShaped(cell) &&
      terms.every(({ dimension }) =>
        terms.some((other) => other.dimension === dimension && dimensions[dimension](cell) === other.value),
      ),
  );
  if (selected.length > 0) return selected;
  throw new Failure("no cell fits all of it", {
    kind: "usage",
    place: `--only ${only}`,
    mend: `cells there are: ${[...new Set(cells.filter(isShaped).map((cell) => `bw=${dimensions.bw(cell)},rtt=${cell.wan.rttMs}`))].slice(0, 12).join(" ")}`,
  });
}

function term(text: string, only: string): Term {
  const [, dimension, number] = /^([a-z]+)=([0-9]+(?:\.[0-9]+)?)$/.exec(text) ?? [];
  const value = Number(number);
  if (dimension === undefined || !Object.hasOwn(dimensions, dimension) || !Number.isFinite(value)) {
    throw new Failure(`${JSON.stringify(text)} selects nothing`, {
      kind: "usage",
      place: `--only ${only}`,
      mend: "write it as bw=<Mbit/s>,rtt=<ms>, e.g. bw=350,rtt=20",
    });
  }
  return { dimension: dimension as Dimension, value };
}

const nothing = (message: string, only: string, dimension: Dimension, offered: readonly number[]): Failure =>
  new Failure(message, {
    kind: "usage",
    place: `--only ${only}`,
    mend: `${dimension} can be ${offered.join(", ")}`,
  });
