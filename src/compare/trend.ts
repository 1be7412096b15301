import { linearRegression } from "simple-statistics";
import type { Setting } from "../metric/setting.js";
import type { PointValue } from "./point.js";

/** What became of a claim, with the numbers that decide it. */
export interface Verdict {
  readonly verdict: "holds" | "does not hold" | "not tested";
  readonly finding: string;
}

type Axis = "rttMs" | "bandwidthMbit";

/** A value over the bandwidth × RTT plane. */
interface GridValue extends PointValue {
  readonly bandwidthMbit: number;
}

/** Values along one axis with the other one fixed: two or more, in the order of the claim. */
interface Row {
  /** What is fixed: `350 Mbit/s`. */
  readonly at: string;
  readonly first: GridValue;
  readonly last: GridValue;
  readonly steps: readonly (readonly [GridValue, GridValue])[];
}

export interface Trend {
  readonly direction: "grows" | "falls";
  /** Along rising RTT at each bandwidth, or along falling bandwidth at each RTT. */
  readonly along: "rising RTT" | "falling bandwidth";
  readonly unit: string;
  /** Only these bandwidths. */
  readonly bandwidthsMbit?: readonly number[];
}

/**
 * Holds when, at every fixed value of the other axis, no step goes the other way by more than the error and
 * the last value lies beyond the first by more than the error. The error of a difference is that of both
 * its values in quadrature.
 */
export function trend(values: readonly PointValue[], claimed: Trend): Verdict {
  const { direction, along, unit, bandwidthsMbit } = claimed;
  const rows = rowsOf(
    values.filter(
      ({ bandwidthMbit }) =>
        bandwidthsMbit === undefined || (bandwidthMbit !== null && bandwidthsMbit.includes(bandwidthMbit)),
    ),
    along,
  );
  if (rows.length === 0) return notTested(along, bandwidthsMbit);
  const sign = direction === "grows" ? 1 : -1;
  const steps = rows.flatMap(({ at, steps: ofRow }) => ofRow.map(([from, to]) => ({ at, from, to })));
  const contrary = steps.filter(({ from, to }) => sign * change(from, to) < -error(from, to));
  const agreeing = steps.filter(({ from, to }) => sign * change(from, to) > error(from, to));
  const flat = rows.filter(({ first, last }) => sign * change(first, last) <= error(first, last));
  const worst = contrary.toSorted((a, b) => sign * (change(a.from, a.to) - change(b.from, b.to)))[0];
  const undecided = steps.length - agreeing.length - contrary.length;
  const counts = `${direction} in ${agreeing.length} of ${steps.length} steps${undecided > 0 ? `, ${undecided} within the error` : ""}`;
  const course = rows.map(({ at, first, last }) => `${at} ${span(first, last)}`).join(", ");
  const against =
    worst !== undefined
      ? `; against it at ${worst.at}, ${axisSpan(worst.from, worst.to, along)}: ${span(worst.from, worst.to)} ${unit}`
      : flat.length > 0
        ? `; not beyond the error at ${flat.map(({ at }) => at).join(", ")}`
        : "";
  return {
    verdict: contrary.length === 0 && flat.length === 0 ? "holds" : "does not hold",
    finding: `${counts}: ${course} ${unit}${against}`,
  };
}

/** Change per change of the initial RTT below which a curve over it is called flat. */
const FLAT_SLOPE = 0.2;

/** Whether a RTT does not depend on the initial RTT: the slope of the least-squares line is within ±0.2 ms per ms. */
export function independentOfRtt(values: readonly PointValue[], bandwidthMbit: number): Verdict {
  const [row] = rowsOf(
    values.filter((value) => value.bandwidthMbit === bandwidthMbit),
    "rising RTT",
  );
  if (row === undefined) return notTested("rising RTT", [bandwidthMbit]);
  const points = [row.first, ...row.steps.map(([, to]) => to)];
  const slope = linearRegression(points.map(({ rttMs, value }) => [rttMs, value])).m;
  return {
    verdict: Math.abs(slope) <= FLAT_SLOPE ? "holds" : "does not hold",
    finding: `${slope.toFixed(2)} ms per ms of initial RTT: ${span(row.first, row.last)} ms over ${axisSpan(row.first, row.last, "rising RTT")}`,
  };
}

/**
 * Whether the RTT changes a metric more at each higher bandwidth than at the lowest: by a larger factor from
 * the first RTT to the last, up or down, beyond the error.
 */
export function rttMattersMoreAtHighBandwidth(values: readonly PointValue[]): Verdict {
  const rows = rowsOf(values, "rising RTT");
  const [row] = rows;
  if (row === undefined || rows.length < 2) {
    return { verdict: "not tested", finding: "needs two RTTs at two bandwidths" };
  }
  const over = axisSpan(row.first, row.last, "rising RTT");
  const comparable = ({ first, last }: Row) =>
    first.value > 0 && last.value > 0 && axisSpan(first, last, "rising RTT") === over;
  if (!rows.every(comparable)) {
    return { verdict: "not tested", finding: "needs values above 0 at the same RTTs for each bandwidth" };
  }
  const effects = rows.map(({ at, first, last }) => ({
    at,
    factor: last.value / first.value,
    // Of the factor's logarithm: the relative errors in quadrature.
    error: Math.hypot(first.halfWidth / first.value, last.halfWidth / last.value),
  }));
  const lowest = effects.at(-1) ?? { factor: 1, error: 0 };
  const holds = effects
    .slice(0, -1)
    .every(
      ({ factor, error }) =>
        Math.abs(Math.log(factor)) - Math.abs(Math.log(lowest.factor)) > Math.hypot(error, lowest.error),
    );
  const listed = effects.map(({ at, factor }) => `×${factor.toFixed(2)} at ${at}`).join(", ");
  return { verdict: holds ? "holds" : "does not hold", finding: `${listed} over ${over}` };
}

/** Whether every value lies above zero by more than its error. */
export function aboveZero(values: readonly PointValue[], unit: string): Verdict {
  const sorted = values.toSorted((a, b) => a.value - b.value);
  const [least] = sorted;
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) return { verdict: "not tested", finding: "no value" };
  const above = values.filter(({ value, halfWidth }) => value > halfWidth);
  return {
    verdict: above.length === values.length ? "holds" : "does not hold",
    finding: `beyond the error at ${above.length} of ${values.length} points: ${[...new Set([shown(least.value), shown(most.value)])].join(" to ")} ${unit}`,
  };
}

/** Whether a metric over the unshaped link is larger in one setting than in another, beyond the error. */
export function largerIn(
  setting: Setting,
  than: Setting,
  values: readonly PointValue[],
  unit: string,
): Verdict {
  const unshaped = values.filter(({ bandwidthMbit }) => bandwidthMbit === null);
  const [from, to] = [than, setting].map((wanted) => unshaped.find((value) => value.setting === wanted));
  if (from === undefined || to === undefined) {
    return { verdict: "not tested", finding: `needs an unshaped ${than} and an unshaped ${setting}` };
  }
  const within = Math.abs(change(from, to)) <= error(from, to) ? ", within the error" : "";
  return {
    verdict: change(from, to) > error(from, to) ? "holds" : "does not hold",
    finding: `${span(from, to)} ${unit}${within}`,
  };
}

function rowsOf(all: readonly PointValue[], along: Trend["along"]): Row[] {
  const values = all.filter((value): value is GridValue => value.bandwidthMbit !== null);
  const [axis, fixed]: [Axis, Axis] =
    along === "rising RTT" ? ["rttMs", "bandwidthMbit"] : ["bandwidthMbit", "rttMs"];
  const order = along === "rising RTT" ? 1 : -1;
  const fixedValues = [...new Set(values.map((value) => value[fixed]))].sort((a, b) => order * (b - a));
  return fixedValues.flatMap((at) => {
    const row = values.filter((value) => value[fixed] === at).sort((a, b) => order * (a[axis] - b[axis]));
    const [first] = row;
    const last = row.at(-1);
    if (first === undefined || last === undefined || row.length < 2) return [];
    const steps = row.slice(1).map((to, index) => [row[index] ?? first, to] as const);
    return [{ at: fixed === "rttMs" ? `${at} ms` : `${at} Mbit/s`, first, last, steps }];
  });
}

const change = (from: PointValue, to: PointValue): number => to.value - from.value;

const error = (from: PointValue, to: PointValue): number => Math.hypot(from.halfWidth, to.halfWidth);

const span = (from: PointValue, to: PointValue): string => `${shown(from.value)} → ${shown(to.value)}`;

const axisSpan = (from: GridValue, to: GridValue, along: Trend["along"]): string =>
  along === "rising RTT"
    ? `${from.rttMs} → ${to.rttMs} ms RTT`
    : `${from.bandwidthMbit} → ${to.bandwidthMbit} Mbit/s`;

/** Three significant digits down to hundredths, as many as a claim needs. */
function shown(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace(/^-/, "−");
}

function notTested(along: Trend["along"], bandwidthsMbit: readonly number[] | undefined): Verdict {
  const where =
    along === "falling bandwidth"
      ? "two bandwidths at one RTT"
      : bandwidthsMbit === undefined
        ? "two RTTs at one bandwidth"
        : `two RTTs at ${bandwidthsMbit.join(" or ")} Mbit/s`;
  return { verdict: "not tested", finding: `needs ${where}` };
}
