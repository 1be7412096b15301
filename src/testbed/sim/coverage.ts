import type { Cell } from "../../experiment/plan.js";
import type { Refusal } from "../contract.js";
import type { SimulationParameters } from "./parameters.js";

/** Longest simulated migration that a cell may ask for by its very numbers, s. */
const LONGEST_S = 3600;
/** The dirty bitmap of a larger guest wouldn't fit beside the others in memory. */
const LARGEST_GUEST_MIB = 65_536;
/** Below this, delays of hosts and vCPUs that the model doesn't have outweigh the link's. */
const SHORTEST_RTT_MS = 1;

/** Why the model doesn't cover a cell, or undefined. */
export function refuse(cell: Cell, { path }: SimulationParameters): Refusal | undefined {
  const { wan, access, guest, profile } = cell;
  const lineBps = path.lineRateMbit * 1e6;
  const unusable = (value: number): boolean => !Number.isFinite(value) || value <= 0;
  for (const [key, { rateBps }] of [["wan", wan] as const, ["access", access] as const]) {
    if (rateBps === null) continue;
    if (unusable(rateBps) || rateBps > lineBps) {
      return {
        key: `${key}.bandwidthMbit`,
        message: `${rateBps / 1e6} Mbit/s is outside the model, whose unshaped line carries ${path.lineRateMbit} Mbit/s`,
        mend: `write a rate above 0 and up to ${path.lineRateMbit}`,
      };
    }
  }
  if (wan.rateBps !== null && !(wan.rttMs >= SHORTEST_RTT_MS)) {
    return {
      key: "wan.rttMs",
      message: `${wan.rttMs} ms is outside the model, which leaves out what hosts and vCPUs add to so short an RTT`,
      mend: `write ${SHORTEST_RTT_MS} or more`,
    };
  }
  if (unusable(guest.memoryMiB) || guest.memoryMiB > LARGEST_GUEST_MIB) {
    return {
      key: "guest.memoryMiB",
      message: `a guest of ${guest.memoryMiB} MiB is outside the model`,
      mend: `write 128 to ${LARGEST_GUEST_MIB}`,
    };
  }
  if (unusable(guest.usedMiB) || guest.usedMiB >= guest.memoryMiB) {
    return {
      key: "guest.usedMiB",
      message: `${guest.usedMiB} MiB can't be in use in a guest of ${guest.memoryMiB} MiB`,
      mend: `write a number below ${guest.memoryMiB}`,
    };
  }
  const rateBps = wan.rateBps ?? lineBps;
  const leastS = cell.scenario === "throughput" ? 0 : (guest.usedMiB * 2 ** 20 * 8) / rateBps;
  if (leastS > LONGEST_S) {
    return {
      key: "wan.bandwidthMbit",
      message: `sending ${guest.usedMiB} MiB at ${rateBps / 1e6} Mbit/s would take ${Math.ceil(leastS / 60)} simulated minutes`,
      mend: `write a rate that moves it within ${LONGEST_S / 60} minutes`,
    };
  }
  if (profile.tcp.congestionControl.value === "bbr") {
    return {
      key: "tcp.congestionControl",
      message: "the simulated TCP has no bbr",
      mend: "choose cubic or reno in the profile",
    };
  }
  return undefined;
}
