import type { CellCurves } from "../record/recording.js";
import { type AccessNetwork, EventName } from "../record/schema.js";
import { eventMs } from "./events.js";
import type { Window } from "./window.js";

/** What happened on a walk of the device between networks (thesis 3.3). Times are ms on the cell's clock. */

type Name = keyof typeof EventName;

/** Its interface in a network came up or went down. */
export interface Move {
  readonly tMs: number;
  readonly network: AccessNetwork;
  readonly left: boolean;
}

const moveNames: readonly string[] = [EventName.NetworkEntered, EventName.NetworkLeft] satisfies string[];
const signalledNames: readonly string[] = [
  EventName.SubflowJoined,
  EventName.SubflowWithdrawn,
  EventName.PriorityChanged,
] satisfies string[];

/** Moves between the two Wi-Fi networks, in order: not the first network's or the cellular one's, where the walk began. */
export function wifiMoves(cell: CellCurves): Move[] {
  const startedMs = eventMs(cell, "ProbesStarted");
  if (startedMs === undefined) return [];
  return networkEvents(cell, moveNames).filter(
    ({ tMs, network, left }) => tMs >= startedMs && (network === "wifi2" || (network === "wifi1" && left)),
  );
}

/** When the device did something of a kind in a network for the first time. */
export function walkEventMs(cell: CellCurves, name: Name, network: AccessNetwork): number | undefined {
  return networkEvents(cell, [EventName[name]]).find((event) => event.network === network)?.tMs;
}

/** The device's address in a network that it entered. */
export function addressIn(cell: CellCurves, network: AccessNetwork): string | undefined {
  return networkEvents(cell, [EventName.NetworkEntered]).find((event) => event.network === network)?.address;
}

export const phaseNames = ["before", "between", "after"] as const;
export type PhaseName = (typeof phaseNames)[number];

/**
 * `before`: until the first move. `between`: until the last move and all that the device told MPTCP of it. `after`: the
 * rest.
 */
export function phases(cell: CellCurves): Partial<Record<PhaseName, Window>> {
  const startMs = eventMs(cell, "ProbesStarted");
  const endMs = eventMs(cell, "ProbesStopped");
  const firstMs = wifiMoves(cell)[0]?.tMs;
  const joinedMs = walkEventMs(cell, "SubflowJoined", "wifi2");
  if (startMs === undefined || endMs === undefined || firstMs === undefined || joinedMs === undefined)
    return {};
  const settledMs = networkEvents(cell, [...moveNames, ...signalledNames]).at(-1)?.tMs ?? joinedMs;
  return {
    before: { startMs, endMs: firstMs },
    between: { startMs: firstMs, endMs: settledMs },
    after: { startMs: settledMs, endMs },
  };
}

interface NetworkEvent extends Move {
  readonly name: string;
  readonly address: string | undefined;
}

function networkEvents(cell: CellCurves, names: readonly string[]): NetworkEvent[] {
  const stoppedMs = eventMs(cell, "ProbesStopped") ?? Infinity;
  return cell.record.events.flatMap(({ name, tMs, detail }) => {
    if (!names.includes(name) || tMs > stoppedMs) return [];
    const { network, address } = detail ?? {};
    if (network !== "wifi1" && network !== "cellular" && network !== "wifi2") return [];
    const left = name === EventName.NetworkLeft;
    return [{ name, left, tMs, network, address: typeof address === "string" ? address : undefined }];
  });
}
