import type { Cell, Plan } from "../experiment/plan.js";

/**
 * The cell that a person gets who asks for an experiment's machines: the first of those selected, in the
 * order in which the file lists bandwidths and RTTs. A run's own order is drawn at random.
 */
export function firstAsWritten({ experiments, cells }: Pick<Plan, "experiments" | "cells">): Cell {
  const rank = (values: number | readonly number[] | undefined, value: number) =>
    [values ?? []].flat().indexOf(value);
  const ranks = (cell: Cell): [number, number] => {
    const wan = experiments.find(({ name }) => name === cell.experiment)?.wan;
    return [rank(wan?.bandwidthMbit, cell.wan.rateBps / 1e6), rank(wan?.rttMs, cell.wan.rttMs)];
  };
  const [first] = cells.toSorted((a, b) => {
    const [[bandwidthA, rttA], [bandwidthB, rttB]] = [ranks(a), ranks(b)];
    return bandwidthA - bandwidthB || rttA - rttB;
  });
  if (first === undefined) throw new Error("a plan without cells");
  return first;
}
