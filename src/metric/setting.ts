import type { CellRecord } from "../record/schema.js";

/** What a cell is a measurement of. Numbers of different settings don't compare, whatever link they share. In the thesis's order. */
export const settings = [
  "device handover",
  "throughput",
  "idle migration",
  "loaded migration",
  "handover",
  "writing handover",
] as const;

/**
 * `device handover`: the device moves and VM3 stays (thesis 3.3). `throughput`: nothing moves (thesis 3.4.4 and Table 4.3). `idle migration`: VM3 migrates and nothing else runs
 * (4.4). `loaded migration`: it does so beside the cloudlets' own flow (4.4, Fig. 4.2). `handover`: it migrates
 * after the device, whose connection goes on (4.5 and 4.6). `writing handover`: it does so while a process in it writes
 * its memory, which the thesis left idle.
 */
export type Setting = (typeof settings)[number];

export function settingOf({ scenario, parameters }: Pick<CellRecord, "scenario" | "parameters">): Setting {
  const { flows, writer } = parameters.workload;
  if (scenario === "device-handover") return "device handover";
  if (scenario === "throughput") return "throughput";
  if (flows.includes("device")) return writer === undefined ? "handover" : "writing handover";
  return flows.length === 0 ? "idle migration" : "loaded migration";
}
