import { eventMs } from "../../metric/events.js";
import { migrationStall } from "../../metric/stall.js";
import { slotNames, slots, type SlotName } from "../../metric/timeline.js";
import { durationMs, type Window } from "../../metric/window.js";
import type { CellRecording } from "../../record/recording.js";
import type { CellRecord } from "../../record/schema.js";
import { interfaceLane } from "./interface-lane.js";
import type { Lane } from "./lane.js";
import { migrationLanes } from "./migration-lanes.js";
import { rttLane } from "./rtt-lane.js";
import { subflowLane } from "./subflow-lane.js";
import { throughputLane } from "./throughput-lane.js";

/** Everything that one cell observed, on the observer's clock. */
export interface Timeline {
  readonly cell: CellRecord;
  /** What time is counted from, ms on the cell's clock, and what that moment was. */
  readonly originMs: number;
  readonly origin: string;
  /** All that is drawn lies in here. */
  readonly window: Window;
  readonly slots: readonly (Window & { readonly name: SlotName })[];
  readonly lanes: readonly Lane[];
  /** In the order of time, as in the record where times are the same. */
  readonly events: CellRecord["events"];
}

/** undefined: the cell observed nothing that could be drawn. */
export function timelineOf(cell: CellRecording): Timeline | undefined {
  const { record, series } = cell;
  const startedMs = eventMs(cell, "ProbesStarted");
  const events = record.events.toSorted((a, b) => a.tMs - b.tMs);
  const window = observed(cell);
  const lanes = [
    rttLane(
      "10 ms probe",
      series.probe.map(({ address, sentMs, receivedMs }) => ({
        address,
        sentMs,
        rttMs: receivedMs === null ? null : receivedMs - sentMs,
      })),
    ),
    rttLane("1 s ping", series.ping),
    throughputLane(series.iperf),
    ...migrationLanes(cell),
    interfaceLane(cell, window.endMs),
    subflowLane(series.subflow),
  ].filter((lane) => lane !== undefined);
  if (lanes.length === 0) return undefined;
  const found = slots(cell);
  return {
    cell: record,
    originMs: startedMs ?? 0,
    origin: startedMs === undefined ? "the cell began" : "the probes started",
    window,
    slots: slotNames.flatMap((name) => {
      const slot = found[name];
      return slot === undefined ? [] : [{ name, ...slot }];
    }),
    lanes,
    events,
  };
}

/** From when the probes started to when they stopped, or whatever else was observed first and last. */
function observed(cell: CellRecording): Window {
  const { record, series } = cell;
  let startMs = eventMs(cell, "ProbesStarted") ?? 0;
  let endMs = eventMs(cell, "ProbesStopped") ?? startMs;
  const include = (tMs: number) => {
    startMs = Math.min(startMs, tMs);
    endMs = Math.max(endMs, tMs);
  };
  for (const { tMs } of record.events) include(tMs);
  for (const { sentMs } of [...series.probe, ...series.ping]) include(sentMs);
  for (const interval of series.iperf) {
    include(interval.startMs);
    include(interval.endMs);
  }
  for (const { tMs } of [...series.migration, ...series.subflow]) include(tMs);
  return { startMs, endMs };
}

/** Slots with their lengths, as a sentence; what D is depends on the cell. */
export function slotSentence({ slots: found }: Timeline, cell: CellRecording): string {
  const lengths = found.map((slot) => `${slot.name} ${(durationMs(slot) / 1000).toFixed(2)} s`);
  const outage =
    migrationStall(cell)?.kind === "stall" ? "the flow's longest stall" : "the pause of the guest";
  return `Slots of section 4.5: ${lengths.join(", ")}. D is ${outage}.`;
}
