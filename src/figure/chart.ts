/**
 * What a chart shows, without saying how it is drawn: the renderer makes the picture of it and the CSV
 * beside the picture, so that both always hold the same.
 */
export interface Chart {
  readonly kind: "chart";
  /** The thesis's number of the figure: `Fig. 4.4`. */
  readonly thesis: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Stretches of x shaded behind the curves, e.g. the time slots A to E. */
  readonly slots: readonly Span[];
  /** Stretches of x marked by an arrow, e.g. the migration. */
  readonly windows: readonly (Span & { readonly style: number })[];
  /** Sentences under the chart: what bars and marks mean, what was left out and why. */
  readonly notes: readonly string[];
  /** Both axes are lengths on the ground, one as long as the other. */
  readonly isMap?: true;
}

export interface Axis {
  /** Column in the CSV, unit included: `rttMs`. */
  readonly id: string;
  /** With the unit: `RTT added between the cloudlets, ms`. */
  readonly title: string;
  readonly ticks?: readonly number[];
  /** Of an axis without amounts: what stands at 0, 1, 2 and so on. Nothing joins its marks. */
  readonly places?: readonly string[];
  /**
   * `linear` starts at zero. `wide` does too, but turns logarithmic when positive values span more than
   * a factor of 20, and then says so.
   */
  readonly scale: "linear" | "wide";
}

export interface Span {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

/** Where the numbers of a series come from decides how they look. */
export type SeriesKind =
  /** This run, attested. */
  | "measured"
  /** This run, cells that are not attested: hollow, not joined. */
  | "invalid"
  /** Printed in the thesis: grey. */
  | "paper"
  /** What an equation gives: a dashed line that nobody measured. */
  | "formula"
  /** What an algorithm made of its input. */
  | "computed";

export interface Series {
  readonly kind: SeriesKind;
  readonly label: string;
  /** Series with the same number share colour and mark, also across figures. */
  readonly style: number;
  /**
   * `curve`: many samples, no marks. `marks`: few points, each marked. `dots`: places, small marks that nothing joins.
   * `links`: thin lines between places, without a name of their own.
   */
  readonly form: "curve" | "marks" | "dots" | "links";
  readonly points: readonly Point[];
}

export interface Point {
  readonly x: number;
  /** null breaks the curve: nothing was observed here. */
  readonly y: number | null;
  /** Ends of the error bar. */
  readonly low?: number;
  readonly high?: number;
  /** How many cells it is the mean of; absent for printed values and samples. */
  readonly n?: number;
}

/** Columns and rows of the CSV that holds exactly what the chart draws. */
export function chartRows({ x, y, slots, windows, series }: Chart): (string | number | null)[][] {
  const header = ["kind", "label", x.id, `${x.id}End`, y.id, `${y.id}Low`, `${y.id}High`, "n"];
  const spans = (kind: string, list: readonly Span[]) =>
    list.map(({ label, from, to }) => [kind, label, rounded(from), rounded(to), null, null, null, null]);
  return [
    header,
    ...spans("slot", slots),
    ...spans("window", windows),
    ...series.flatMap(({ kind, label, points }) =>
      points
        .filter((point) => point.y !== null)
        .map((point) => [
          kind,
          label,
          x.places?.[point.x] ?? rounded(point.x),
          null,
          rounded(point.y),
          rounded(point.low),
          rounded(point.high),
          point.n ?? null,
        ]),
    ),
  ];
}

/** Nine significant digits: beyond any measurement here, and free of the last bits' noise. */
export function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value.toPrecision(9));
}
