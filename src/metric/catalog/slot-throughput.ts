import type { Metric } from "../contract.js";
import { meanThroughputMbit } from "../throughput.js";
import { slotNames, slots } from "../timeline.js";

/**
 * Mean payload rate of the device's flow in each time slot of thesis 4.5, over the part of the slot that
 * iperf observed.
 *
 * Bound: the bytes of the iperf intervals that straddle the slot's edges, over the slot.
 */
export const metrics: readonly Metric[] = slotNames.map((name) => ({
  id: `slot${name}ThroughputMbit`,
  title: `Mean throughput in slot ${name}`,
  unit: "Mbit/s",
  source: "thesis 4.5, Fig. 4.3",
  compute(cell) {
    const slot = slots(cell)[name];
    return slot && meanThroughputMbit(cell, "device", slot);
  },
}));
