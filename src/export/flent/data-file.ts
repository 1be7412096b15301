import type { CellRecording } from "../../record/recording.js";
import type { RunRecord } from "../../record/schema.js";
import { type Path, pathsOf, type Rtt } from "./paths.js";
import {
  type Interval,
  mbit,
  meanPerStep,
  ratePerStep,
  stepEndsMs,
  timeBase,
  type TimeBase,
} from "./time-base.js";

/** Version of flent's data format (`FILEFORMAT_VERSION` of its resultset.py); flent 1.2 and later read it. */
const FORMAT_VERSION = 4;

/**
 * The flent test whose plots fit: any number of hosts, each with one TCP stream to it and its RTT, and further
 * RTTs beside them (`ping_hosts`).
 */
const TEST = "rtt_fair_var_up";

/** As iperf reports. */
const STEP_MS = 100;

/** One value of a series as it was measured: `t` seconds since 1970. flent keeps what else an entry holds. */
interface RawValue {
  readonly t: number;
  readonly val: number | null;
  /** Seconds that the value stands for, until `t`. */
  readonly dur?: number;
}

/** A flent data file, i.e. its JSON text before gzip. */
export interface FlentDataFile {
  readonly version: typeof FORMAT_VERSION;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly x_values: readonly number[];
  readonly results: Readonly<Record<string, readonly (number | null)[]>>;
  readonly raw_values: Readonly<Record<string, readonly RawValue[]>>;
}

interface Series {
  /** As the test names it, so that its plots find it. */
  readonly name: string;
  readonly units: "Mbits/s" | "ms";
  readonly meaning: string;
  readonly stretches: readonly Pick<Interval, "startMs" | "endMs">[];
  readonly raw: (unixS: (tMs: number) => number) => RawValue[];
  readonly perStep: (base: TimeBase) => (number | null)[];
}

/**
 * One cell as flent reads it. Time 0 is the cell's beginning on the observer's clock, as in the record.
 * `raw_values` are the record's samples, a lost ping with a null; `results` are their means over steps of
 * 0.1 s, null where a step has no sample. undefined: the cell has no series that flent could plot.
 */
export function flentDataFile(
  run: RunRecord,
  cell: CellRecording,
  fileName: string,
): FlentDataFile | undefined {
  const { paths, further } = pathsOf(cell);
  const series = [
    ...paths.flatMap(({ host, label, throughput, rtt }) => [
      throughputSeries(`TCP upload ${label} ${host}`, throughput),
      rttSeries(`Ping (ms) ICMP ${host}`, rtt),
    ]),
    ...further.map((rtt) => rttSeries(`Ping (ms) ICMP ${rtt.host} (extra)`, rtt)),
  ].filter(({ stretches }) => stretches.length > 0);
  const base = timeBase(
    series.flatMap(({ stretches }) => stretches),
    STEP_MS,
  );
  if (base === undefined) return undefined;

  const epochUnixMs = Date.parse(cell.record.startedAt);
  const unixS = (tMs: number) => rounded((epochUnixMs + tMs) / 1000, 6);
  const xValues = stepEndsMs(base).map((tMs) => rounded(tMs / 1000, 3));
  return {
    version: FORMAT_VERSION,
    metadata: {
      ...metadata(run, cell),
      DATA_FILENAME: fileName,
      HOST: paths[0]?.host,
      HOSTS: paths.map(({ host }) => host),
      LENGTH: xValues.at(-1),
      TOTAL_LENGTH: xValues.at(-1),
      STEP_SIZE: STEP_MS / 1000,
      TEST_PARAMETERS: {
        labels: paths.map(({ label }) => label).join(","),
        ping_hosts: further.map(({ host }) => host).join(","),
      },
      SERIES_META: Object.fromEntries(
        series.map(({ name, units, meaning }) => [name, { UNITS: units, MEANING: meaning }]),
      ),
    },
    x_values: xValues,
    results: Object.fromEntries(series.map(({ name, perStep }) => [name, perStep(base).map(short)])),
    raw_values: Object.fromEntries(series.map(({ name, raw }) => [name, raw(unixS)])),
  };
}

function metadata(run: RunRecord, { record }: CellRecording): Record<string, unknown> {
  const { wan } = record.parameters;
  const simulated = run.testbed.kind === "simulation";
  const link = wan.rateBps === null ? "unshaped" : `${wan.rateBps / 1e6} Mbit/s, ${wan.rttMs} ms`;
  return {
    NAME: TEST,
    TITLE: [
      `${record.experiment}: ${link}, r${record.repeat}, ${run.testbed.name}`,
      ...(simulated ? ["simulated"] : []),
      ...(record.status === "ok" ? [] : [record.status]),
    ].join(", "),
    NOTE: [
      `Cell ${record.id} of run ${run.runId} of cloudlet ${run.software.version}, by rtt_fair_var_up's names: no such test was run.`,
      ...(simulated ? ["Simulated: no packet of it was on any wire."] : []),
      ...(record.status === "ok" ? [] : [`The cell is ${record.status}: ${record.reasons.join("; ")}.`]),
      "SERIES_META says what each series is.",
    ].join(" "),
    TIME: utc(record.startedAt),
    T0: utc(record.startedAt),
    LOCAL_HOST: "VM4",
    IP_VERSION: 4,
    FLENT_VERSION: null,
    BATCH_NAME: record.experiment,
    BATCH_TITLE: run.experiments.find(({ name }) => name === record.experiment)?.title ?? null,
    BATCH_TIME: utc(run.startedAt),
    BATCH_UUID: run.runId,
    CLOUDLET: {
      run: run.runId,
      cell: record.id,
      scenario: record.scenario,
      repeat: record.repeat,
      seed: record.seed,
      status: record.status,
      reasons: record.reasons,
      parameters: record.parameters,
      testbed: run.testbed,
      profile: run.profile.name,
      software: run.software,
      provenance: run.provenance,
      migration: record.migration,
      events: record.events.map(({ tMs, name }) => ({ t: rounded(tMs / 1000, 6), name })),
    },
  };
}

const throughputSeries = (name: string, { meaning, intervals }: Path["throughput"]): Series => ({
  name,
  units: "Mbits/s",
  meaning,
  stretches: intervals,
  raw: (unixS) =>
    intervals.map(({ startMs, endMs, bytes }) => ({
      t: unixS(endMs),
      val: short(mbit(bytes, endMs - startMs)),
      dur: rounded((endMs - startMs) / 1000, 6),
    })),
  perStep: (base) => ratePerStep(base, intervals),
});

const rttSeries = (name: string, { meaning, samples }: Rtt): Series => ({
  name,
  units: "ms",
  meaning,
  stretches: samples.map(({ tMs }) => ({ startMs: tMs, endMs: tMs })),
  raw: (unixS) => samples.map(({ tMs, value }) => ({ t: unixS(tMs), val: short(value) })),
  perStep: (base) => meanPerStep(base, samples),
});

/** The form in which flent writes and reads UTC. */
const utc = (iso: string): string => new Date(iso).toISOString().replace("Z", "000Z");

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** Nine significant digits: beyond any measurement here, and free of the last bits' noise. */
const short = <T extends number | null>(value: T): T =>
  (value === null ? null : Number(value.toPrecision(9))) as T;
