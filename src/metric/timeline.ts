import type { Flow } from "../experiment/schema.js";
import type { CellCurves } from "../record/recording.js";
import { EventName } from "../record/schema.js";
import { completedMigration, eventMs } from "./events.js";
import { migrationStall } from "./stall.js";
import type { Window } from "./window.js";

export const slotNames = ["A", "B", "C", "D", "E"] as const;
export type SlotName = (typeof slotNames)[number];

/** From the start of the migrate command to its end, thesis 4.2: the T of Figs 4.2 and 4.6 to 4.9. */
export function migrationWindow(cell: CellCurves): Window | undefined {
  const migration = completedMigration(cell);
  return migration && window(migration.commandStartMs, migration.commandEndMs);
}

/** The device on cloudlet 2, traffic over the WAN, the migration not yet started. */
export function beforeMigrationWindow(cell: CellCurves): Window | undefined {
  return window(eventMs(cell, "DeviceAttached"), cell.record.migration?.commandStartMs);
}

/** While a flow of its own ran: all of a throughput measurement, or the cloudlets' flow beside a migration. */
export function flowWindow(cell: CellCurves, flow: Flow): Window | undefined {
  const { events } = cell.record;
  const at = (name: string) => events.find((event) => event.name === name && event.detail?.flow === flow);
  return window(at(EventName.FlowStarted)?.tMs, at(EventName.FlowEnded)?.tMs);
}

/** Of the cloudlets' flow (Fig. 4.2): from its start to that of the migration. */
export function loadedBeforeMigrationWindow(cell: CellCurves): Window | undefined {
  return window(flowWindow(cell, "cloudlets")?.startMs, cell.record.migration?.commandStartMs);
}

/**
 * The time slots of thesis section 4.5 and Fig. 4.3.
 *
 * A: the device on cloudlet 1. B: between the cloudlets. C: on cloudlet 2, over the WAN. D: from when
 * VM3 is inaccessible at the application level until it is available again, i.e. the longest stall of
 * the device's flow from the start of the migration on; without one, the guest's pause. E: the rest.
 */
export function slots(cell: CellCurves): Partial<Record<SlotName, Window>> {
  const migration = cell.record.migration;
  const stall = migrationStall(cell);
  const outage =
    stall?.kind === "stall"
      ? stall
      : window(migration?.stopMs ?? undefined, migration?.resumeMs ?? undefined);
  const started = eventMs(cell, "ProbesStarted");
  const detached = eventMs(cell, "DeviceDetached");
  const attached = eventMs(cell, "DeviceAttached");
  const stopped = eventMs(cell, "ProbesStopped");
  const found = {
    A: window(started, detached),
    B: window(detached, attached),
    C: window(attached, outage?.startMs),
    D: outage && window(outage.startMs, outage.endMs),
    E: window(outage?.endMs, stopped),
  };
  return Object.fromEntries(Object.entries(found).filter(([, slot]) => slot !== undefined));
}

/** undefined when an end is unknown or nothing lies between them. */
function window(startMs: number | undefined, endMs: number | undefined): Window | undefined {
  return startMs !== undefined && endMs !== undefined && endMs > startMs ? { startMs, endMs } : undefined;
}
