import type { MeasuredCell } from "../metric/compute.js";

/** The link between the cloudlets, for a title: `350 Mbit/s and 20 ms`. */
export function linkTitle({ record }: MeasuredCell): string {
  const { rateBps, rttMs } = record.parameters.wan;
  return rateBps === null ? "unshaped link" : `${rateBps / 1e6} Mbit/s and ${rttMs} ms`;
}
