import { eventMs } from "../../metric/events.js";
import type { CellCurves } from "../../record/recording.js";
import type { Bar, BarLane } from "./lane.js";

/**
 * When the interfaces of both virtual machines were up, from the events that changed them. What was found
 * at four moments in between is Tables 4.5 to 4.8. Absent where the device never moved.
 */
export function interfaceLane(cell: CellCurves, endMs: number): BarLane | undefined {
  const detachedMs = eventMs(cell, "DeviceDetached");
  if (detachedMs === undefined) return undefined;
  const startMs = eventMs(cell, "ProbesStarted") ?? 0;
  const advertisedMs = eventMs(cell, "NextAddressAdvertised");
  const resumedMs = eventMs(cell, "GuestResumed");
  const up = (fromMs: number | undefined, toMs: number, style: number): Bar[] =>
    fromMs === undefined ? [] : [{ startMs: fromMs, endMs: toMs, label: "UP", style }];
  const inactive =
    advertisedMs === undefined
      ? []
      : [
          {
            startMs: advertisedMs,
            endMs: resumedMs ?? endMs,
            label: "UP (inactive)",
            style: 1,
            hollow: true,
          },
        ];
  return {
    kind: "bars",
    title: "Interfaces",
    rows: [
      { label: "VM4 eth0", bars: up(startMs, detachedMs, 0) },
      { label: "VM4 eth1", bars: up(eventMs(cell, "DeviceAttached"), endMs, 1) },
      { label: "VM3 eth0", bars: up(startMs, eventMs(cell, "OldInterfaceDown") ?? endMs, 0) },
      { label: "VM3 eth1", bars: [...inactive, ...up(resumedMs, endMs, 1)] },
    ],
  };
}
