import type { Metric } from "../contract.js";
import { addressIn } from "../walk.js";

/**
 * Payload that the device sent on the subflow from each network, retransmissions and reinjections included, as the
 * capture at its interfaces has it.
 *
 * Bound: 0. The capture is whole: a cell whose capture lacks packets has failed.
 */
export const metrics: readonly Metric[] = (
  [
    ["wifi1", "Wifi1", "first Wi-Fi network"],
    ["cellular", "Cellular", "cellular network"],
    ["wifi2", "Wifi2", "second Wi-Fi network"],
  ] as const
).map(([network, name, where]) => ({
  id: `subflow${name}Bytes`,
  title: `Payload sent on the subflow from the ${where}`,
  unit: "B",
  source: "thesis 3.3.1",
  scenarios: ["device-handover"],
  compute(cell) {
    const address = addressIn(cell, network);
    if (address === undefined || cell.series.burst.length === 0) return undefined;
    const bytes = cell.series.burst
      .filter(({ path }) => path.startsWith(`${address}>`))
      .reduce((sum, burst) => sum + burst.bytes, 0);
    return { value: bytes, errorBound: 0 };
  },
}));
