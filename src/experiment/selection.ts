import { Failure } from "../failure.js";
import type { Cell } from "./plan.js";

/** What a cell can be selected by, and what its value for that is. */
const dimensions = {
  bw: (cell: Cell) => cell.wan.rateBps / 1e6,
  rtt: (cell: Cell) => cell.wan.rttMs,
} as const;

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
export function select(cells: readonly Cell[], only: string): Cell[] {
  const terms = only.split(",").map((text) => term(text.trim(), only));
  for (const { dimension, value } of terms) {
    const offered = [...new Set(cells.map(dimensions[dimension]))].sort((a, b) => a - b);
    if (!offered.includes(value))
      throw nothing(`no cell has ${dimension}=${value}`, only, dimension, offered);
  }
  // Each value occurs, and experiments are full grids; yet several experiments together need not be one.
  const selected = cells.filter((cell) =>
    terms.every(({ dimension }) =>
      terms.some((other) => other.dimension === dimension && dimensions[dimension](cell) === other.value),
    ),
  );
  if (selected.length > 0) return selected;
  throw new Failure("no cell fits all of it", {
    kind: "usage",
    place: `--only ${only}`,
    mend: `cells there are: ${[...new Set(cells.map((cell) => `bw=${dimensions.bw(cell)},rtt=${cell.wan.rttMs}`))].slice(0, 12).join(" ")}`,
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
