import type { Setting } from "../metric/setting.js";

/** A number at one link and in one setting, in the metric's unit. */
export interface PointValue {
  /** null: printed in the thesis, which names no experiment. */
  readonly experiment: string | null;
  readonly setting: Setting;
  /** Rate of the link between the cloudlets; null: unshaped. */
  readonly bandwidthMbit: number | null;
  /** Added between the cloudlets. */
  readonly rttMs: number;
  /** What else tells points of one link and setting apart, in words; absent where nothing does. */
  readonly variant?: string | undefined;
  readonly value: number;
  /** Half-width of its error bar (docs/metrics.md); 0 for a printed value, which has none. */
  readonly halfWidth: number;
  /** How many attested cells it is the mean of; null for a printed value. */
  readonly n: number | null;
}

/** Same setting and link and, where both have one, same experiment. */
export const samePoint = (a: PointValue, b: PointValue): boolean =>
  a.setting === b.setting &&
  a.bandwidthMbit === b.bandwidthMbit &&
  a.rttMs === b.rttMs &&
  a.variant === b.variant &&
  (a.experiment === null || b.experiment === null || a.experiment === b.experiment);

/** The link for a reader: `350 × 20`, Mbit/s and ms, or `unshaped`, and the variant, if any. */
export const linkName = ({ bandwidthMbit, rttMs, variant }: PointValue): string =>
  withVariant(bandwidthMbit === null ? "unshaped" : `${bandwidthMbit} × ${rttMs}`, variant);

const withVariant = (link: string, variant: string | undefined): string =>
  variant === undefined ? link : `${link}, ${variant}`;

/** The whole point in a sentence. */
export function pointName(point: PointValue): string {
  const { experiment, setting, bandwidthMbit, rttMs, variant } = point;
  const place = experiment ?? (bandwidthMbit === null ? setting : null);
  const link = bandwidthMbit === null ? "unshaped" : `${bandwidthMbit} Mbit/s × ${rttMs} ms`;
  return withVariant(place === null ? link : `${place} ${link}`, variant);
}
