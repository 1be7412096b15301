import type { CellCurves } from "../../record/recording.js";
import type { MigrationSample } from "../../record/series.js";
import { eventMs } from "../../metric/events.js";
import type { Bar, BarLane, Lane, PlotLane } from "./lane.js";

/** The hypervisor's view: bytes moved and left as it was asked for them, its status, the command, the guest's pause. */
export function migrationLanes(cell: CellCurves): Lane[] {
  return [progress(cell.series.migration), states(cell)].filter((lane) => lane !== undefined);
}

const mib = (bytes: number): number => bytes / 2 ** 20;

function progress(polls: readonly MigrationSample[]): PlotLane | undefined {
  if (polls.length === 0) return undefined;
  const layer = (label: string, style: number, bytes: (poll: MigrationSample) => number) => ({
    label,
    style,
    samples: polls.map((poll) => ({ startMs: poll.tMs, endMs: poll.tMs, value: mib(bytes(poll)) })),
    form: "line" as const,
  });
  return {
    kind: "plot",
    title: "Migration",
    unit: "MiB",
    scale: "linear",
    layers: [
      layer("remaining", 1, ({ remainingBytes }) => remainingBytes),
      layer("transferred", 0, ({ transferredBytes }) => transferredBytes),
    ],
  };
}

function states(cell: CellCurves): BarLane | undefined {
  const { migration } = cell.record;
  const statuses = statusBars(cell.series.migration);
  const startMs = migration?.commandStartMs ?? eventMs(cell, "MigrationStarted");
  const endMs = migration?.commandEndMs ?? eventMs(cell, "MigrationEnded");
  const stopMs = migration?.stopMs ?? eventMs(cell, "GuestStopped");
  const resumeMs = migration?.resumeMs ?? eventMs(cell, "GuestResumed");
  const rows = [
    { label: "migrate command", bars: bar(startMs, endMs, migration?.status ?? "", 0) },
    { label: "query-migrate", bars: statuses },
    { label: "guest paused", bars: bar(stopMs, resumeMs, "", 1) },
  ].filter(({ bars }) => bars.length > 0);
  return rows.length === 0 ? undefined : { kind: "bars", title: "VM3", rows };
}

function bar(startMs: number | undefined, endMs: number | undefined, label: string, style: number): Bar[] {
  return startMs === undefined || endMs === undefined || endMs < startMs
    ? []
    : [{ startMs, endMs, label, style }];
}

/** Polls of the same status in a row as one bar, up to the poll that found another. */
function statusBars(polls: readonly MigrationSample[]): Bar[] {
  const bars: Bar[] = [];
  for (const { tMs, status } of polls) {
    const open = bars.at(-1);
    if (open !== undefined) bars[bars.length - 1] = { ...open, endMs: tMs };
    if (open?.label !== status) {
      bars.push({ startMs: tMs, endMs: tMs, label: status, style: 2, hollow: bars.length % 2 === 1 });
    }
  }
  return bars;
}
