import type { Metric } from "../contract.js";
import { metric as before } from "./cloudlets-before-migration.js";
import { metric as during } from "./cloudlets-during-migration.js";

/**
 * What the migration takes from the flow from VM2 to VM1: its mean rate before less that during the migration.
 *
 * Bound: those of the two means, which come from different intervals, added in quadrature.
 */
export const metric: Metric = {
  id: "cloudletsDropMbit",
  title: "Drop of the throughput VM2 to VM1",
  unit: "Mbit/s",
  source: "thesis 4.4, Fig. 4.2",
  compute(cell) {
    const [unloaded, loaded] = [before.compute(cell), during.compute(cell)];
    if (unloaded === undefined || loaded === undefined) return undefined;
    return {
      value: unloaded.value - loaded.value,
      errorBound: Math.hypot(unloaded.errorBound, loaded.errorBound),
    };
  },
};
