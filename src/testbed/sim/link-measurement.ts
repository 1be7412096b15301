import { max, mean, median, min, standardDeviation } from "simple-statistics";
import type { Cell } from "../../experiment/plan.js";
import type { LinkMeasurement } from "../../record/schema.js";
import type { DuplexSettings } from "./link/duplex-link.js";
import { measureLink } from "./link/measure.js";
import type { LinkSettings } from "./link/shaped-link.js";

/** What the attestation wants to know of the simulated link between the cloudlets. */
export function linkMeasurement(atMs: number, cell: Cell, settings: DuplexSettings): LinkMeasurement {
  const { rttsMs, rateBps, method } = measureLink(settings);
  const congestionControl = cell.profile.tcp.congestionControl.value;
  const offloads = cell.profile.link.offloads.value === "on";
  return {
    atMs,
    rtt: {
      medianMs: median([...rttsMs]),
      meanMs: mean([...rttsMs]),
      minMs: min([...rttsMs]),
      maxMs: max([...rttsMs]),
      deviationMs: standardDeviation([...rttsMs]),
      sent: rttsMs.length,
      received: rttsMs.length,
    },
    rateBps,
    method,
    qdiscs: {
      "cloudlet1 (simulated)": settings.forward.map(qdisc),
      "cloudlet2 (simulated)": settings.back.map(qdisc),
    },
    offloads: { "cloudlet1 (simulated)": { gso: offloads }, "cloudlet2 (simulated)": { gso: offloads } },
    congestionControl: {
      cloudlet1: congestionControl,
      cloudlet2: congestionControl,
      device: congestionControl,
    },
  };
}

/** JSON has no infinity: a bound that isn't there is left out. */
function qdisc(settings: LinkSettings): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => Number.isFinite(value)));
}
