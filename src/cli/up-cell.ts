import type { Cell, Plan } from "../experiment/plan.js";

/**
 * The cell that a person gets who asks for an experiment's machines: the first of those selected, in the
 * order in which the file lists bandwidths and RTTs. A run's own order is drawn at random.
 */
export function firstAsWritten({ experiments, cells }: Pick<Plan, "experiments" | "cells">): Cell {
  const rank = (values: number | readonly number[], value: number) => [values].flat().indexOf(value);
  const ranks = (cell: Cell): [number, number] => {
    const wan = experiments.find(({ name }) => name === cell.experiment)?.wan;
    const { rateBps, rttMs } = cell.wan;
    // An unshaped link is the experiment's only one.
    if (wan === undefined || wan === "unshaped" || rateBps === null) return [0, 0];
    return [rank(wan.bandwidthMbit, rateBps / 1e6), rank(wan.rttMs, rttMs)];
  };
  const [first] = cells.toSorted((a, b) => {
    const [[bandwidthA, rttA], [bandwidthB, rttB]] = [ranks(a), ranks(b)];
    return bandwidthA - bandwidthB || rttA - rttB;
  });
  if (first === undefined) throw new Error("a plan without cells");
  return first;
}
