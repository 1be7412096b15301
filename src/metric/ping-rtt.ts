import type { CellCurves } from "../record/recording.js";
import { type Window, within } from "./window.js";

/** RTTs of the answered 1 s pings to VM3's old address that left inside a window, ms. A lost ping has none. */
export function pingRttsMs(cell: CellCurves, window: Window): number[] {
  return cell.series.ping
    .filter(({ address, sentMs }) => address === "old" && within(sentMs, window))
    .map(({ rttMs }) => rttMs)
    .filter((rttMs) => rttMs !== null);
}
