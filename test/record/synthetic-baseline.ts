import type { CellRecording, Recording } from "../../src/record/recording.js";
import { EventName, type RunRecord } from "../../src/record/schema.js";
import { type IperfSample, noSeries, type PingSample } from "../../src/record/series.js";
import {
  type SyntheticCell,
  syntheticCell,
  syntheticRecording,
  syntheticRun,
  syntheticTruth,
} from "./synthetic.js";

/** Made-up cells of thesis sections 3.4.4 and 4.4: what their metrics must come out as is known by construction. */

type Status = NonNullable<SyntheticCell["status"]>;

/** Over the unshaped link; the throughputs are those of every iperf interval. */
export const BASELINE = { rttMs: 0.4, cloudletsMbit: 600, deviceMbit: 150, loadedMbit: 480 };

/** Window that the synthetic cloudlets' flow really uses, KiB. */
export const EFFECTIVE_WINDOW_KIB = 60;

const event = (tMs: number, name: string, flow: string) => ({
  tMs,
  source: "synthetic",
  name,
  detail: { flow },
});

function intervals(flow: IperfSample["flow"], startMs: number, endMs: number, mbit: number): IperfSample[] {
  const count = Math.floor((endMs - startMs) / 100);
  return Array.from({ length: count }, (_, index) => ({
    flow,
    startMs: startMs + index * 100,
    endMs: startMs + (index + 1) * 100,
    bytes: Math.round((mbit * 1e6 * 0.1) / 8),
    retransmits: 0,
  }));
}

const pings = (address: PingSample["address"], startMs: number, rttsMs: readonly number[]): PingSample[] =>
  rttsMs.map((rttMs, sequence) => ({ address, sequence, sentMs: startMs + sequence * 1000, rttMs }));

/** Both paths of Table 4.3 over the unshaped link, or the cloudlets' alone over a shaped one (Fig. 3.10). */
export function throughputCell(
  link: { readonly bandwidthMbit: number; readonly rttMs: number } | "unshaped",
  { repeat = 1, status = "ok" }: { readonly repeat?: number; readonly status?: Status } = {},
): CellRecording {
  const shaped = link !== "unshaped";
  const base = syntheticCell({ bandwidthMbit: 350, rttMs: 20, repeat, status });
  const rttMs = shaped ? link.rttMs + 0.4 : BASELINE.rttMs;
  const mbit = shaped ? (EFFECTIVE_WINDOW_KIB * 1024 * 8) / 1000 / rttMs : BASELINE.cloudletsMbit;
  const experiment = shaped ? "window" : "baseline-throughput";
  const spread = [0.9, 1, 1.1].map((factor) => factor * rttMs);
  const { series: _, ...record } = base.record;
  return {
    record: {
      ...record,
      id: `${experiment}-${shaped ? `bw${link.bandwidthMbit}-rtt${link.rttMs}` : link}-r${repeat}`,
      experiment,
      scenario: "throughput",
      parameters: {
        ...record.parameters,
        wan: shaped ? { rateBps: link.bandwidthMbit * 1e6, rttMs: link.rttMs } : { rateBps: null, rttMs: 0 },
        workload: shaped
          ? { flows: ["cloudlets"], windowKiB: 83.5 }
          : { flows: ["cloudlets", "device"], windowKiB: 64 },
        timeline: { pingS: 3, iperfS: 10 },
      },
      events: [
        event(4000, EventName.FlowStarted, "cloudlets"),
        event(14_000, EventName.FlowEnded, "cloudlets"),
        ...(shaped
          ? []
          : [event(18_000, EventName.FlowStarted, "device"), event(28_000, EventName.FlowEnded, "device")]),
      ],
      tables: {},
      migration: null,
      series: {},
    },
    series: {
      ...noSeries,
      ping: [...pings("vm1", 1000, spread), ...(shaped ? [] : pings("old", 15_000, spread))],
      iperf: [
        ...intervals("cloudlets", 4000, 14_000, mbit),
        ...(shaped ? [] : intervals("device", 18_000, 28_000, BASELINE.deviceMbit)),
      ],
    },
  };
}

/** A migration over the unshaped link: with nothing else running, or beside the flow from VM2 to VM1. */
export function baselineMigration(
  load: "idle" | "loaded",
  { repeat = 1, status = "ok" }: { readonly repeat?: number; readonly status?: Status } = {},
): CellRecording {
  const loaded = load === "loaded";
  const of = { bandwidthMbit: loaded ? 200 : 350, rttMs: 20, repeat, status };
  const { record, series } = syntheticCell(of);
  const { startedMs, stoppedMs, migrationStartMs, migrationEndMs } = syntheticTruth(of);
  const experiment = loaded ? "baseline-migration-loaded" : "baseline-migration";
  const flow = [
    ...intervals("cloudlets", startedMs, migrationStartMs, BASELINE.cloudletsMbit),
    ...intervals("cloudlets", migrationStartMs, migrationEndMs, BASELINE.loadedMbit),
  ];
  return {
    record: {
      ...record,
      id: `${experiment}-unshaped-r${repeat}`,
      experiment,
      parameters: {
        ...record.parameters,
        wan: { rateBps: null, rttMs: 0 },
        access: { rateBps: null, rttMs: 0 },
        workload: { flows: loaded ? ["cloudlets"] : [], windowKiB: 64 },
      },
      events: [
        ...record.events,
        ...(loaded
          ? [
              event(startedMs, EventName.FlowStarted, "cloudlets"),
              event(stoppedMs, EventName.FlowEnded, "cloudlets"),
            ]
          : []),
      ],
    },
    series: { ...series, iperf: loaded ? flow : [], subflow: [] },
  };
}

export const WINDOW_RTTS_MS = [5, 10, 20, 50, 100, 150];

/** Every cell of thesis sections 3.4.4 and 4.4. */
export const baselineCells = (repeats: number): CellRecording[] =>
  Array.from({ length: repeats }, (_, index) => ({ repeat: index + 1 })).flatMap((of) => [
    ...WINDOW_RTTS_MS.map((rttMs) => throughputCell({ bandwidthMbit: 350, rttMs }, of)),
    throughputCell("unshaped", of),
    baselineMigration("idle", of),
    baselineMigration("loaded", of),
  ]);

/** A run of these cells before others, its experiments in the order of experiments/thesis.yaml. */
export function syntheticThesisRun(
  baseline: readonly CellRecording[],
  others: readonly SyntheticCell[],
  run: RunRecord = syntheticRun(),
): Recording {
  const rest = syntheticRecording(others, run);
  const cells = [...baseline, ...rest.cells];
  const names = ["window", "baseline-throughput", "baseline-migration", "baseline-migration-loaded"];
  const [grid, handover] = run.experiments;
  if (grid === undefined || handover === undefined) throw new Error("no experiments");
  return {
    run: {
      ...run,
      experiments: [...names.map((name) => ({ ...grid, name })), handover, grid],
      cells: cells.map(({ record }) => record.id),
    },
    cells,
  };
}
