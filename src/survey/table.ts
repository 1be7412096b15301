import { stringify } from "csv-stringify/sync";
import { max, mean, min, standardDeviation } from "simple-statistics";
import type { Paper } from "../paper/paper.js";
import type { HostMeasurement } from "./schema.js";

type PrintedServer = Paper["publicServers"]["servers"][number];

/** Several values as one, with how many they were and their standard deviation. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
  readonly n: number;
}

/** One row of Table 4.2: a host as it was measured, beside what the thesis printed for it. */
export interface HostRow {
  readonly measured: HostMeasurement;
  readonly rttMs: Spread | null;
  /** What arrived, over the whole test; the deviation is that of what was sent each second. */
  readonly throughputMbit: Spread | null;
  readonly printed: PrintedServer | undefined;
}

export function hostRow(measured: HostMeasurement, { publicServers }: Paper): HostRow {
  const { ping, iperf } = measured;
  return {
    measured,
    rttMs:
      ping === null
        ? null
        : { mean: mean(ping.rttsMs), deviation: standardDeviation(ping.rttsMs), n: ping.rttsMs.length },
    throughputMbit:
      iperf === null
        ? null
        : {
            mean: mbit(iperf.receivedBytes, iperf.receivedSeconds),
            deviation: standardDeviation(
              iperf.intervals.map(({ startS, endS, bytes }) => mbit(bytes, endS - startS)),
            ),
            n: iperf.intervals.length,
          },
    printed: publicServers.servers.find(({ host }) => host === measured.host),
  };
}

const mbit = (bytes: number, seconds: number): number => (bytes * 8) / 1e6 / seconds;

/** Columns of table-4-2.csv. */
const columns = [
  "host",
  "port",
  "location",
  "address",
  "startedAt",
  "rttMs",
  "rttDeviationMs",
  "rttMinMs",
  "rttMaxMs",
  "rttN",
  "rttSent",
  "thesisRttMs",
  "throughputMbit",
  "throughputDeviationMbit",
  "throughputN",
  "retransmits",
  "thesisThroughputMbit",
  "errors",
] as const;

export function surveyCsv(rows: readonly HostRow[]): string {
  const lines = rows.map(({ measured, rttMs, throughputMbit, printed }) => {
    const { host, port, location, address, startedAt, ping, iperf, errors } = measured;
    const values: Record<(typeof columns)[number], string | number | null | undefined> = {
      host,
      port,
      location: location ?? printed?.location,
      address,
      startedAt,
      rttMs: rttMs?.mean,
      rttDeviationMs: rttMs?.deviation,
      rttMinMs: ping && min(ping.rttsMs),
      rttMaxMs: ping && max(ping.rttsMs),
      rttN: rttMs?.n,
      rttSent: ping?.sent,
      thesisRttMs: printed?.rttMs,
      throughputMbit: throughputMbit?.mean,
      throughputDeviationMbit: throughputMbit?.deviation,
      throughputN: throughputMbit?.n,
      retransmits: iperf?.retransmits,
      thesisThroughputMbit: printed?.throughputMbit,
      errors: errors.join("; "),
    };
    return columns.map((column) => field(values[column]));
  });
  // Text that a spreadsheet would run as a formula is made plain.
  return stringify(lines, { header: true, columns: [...columns], escape_formulas: true });
}

/** Nine significant digits: beyond any measurement here, and free of the last bits' noise. */
const field = (value: string | number | null | undefined): string | number | null =>
  typeof value === "number" ? Number(value.toPrecision(9)) : (value ?? null);

/** The rows in words, under a line of titles. */
export function surveyTable(rows: readonly HostRow[]): string[][] {
  return [
    ["host", "RTT, ms", "n", "thesis", "TCP, Mbit/s", "n", "thesis", ""],
    ...rows.map(({ measured, rttMs, throughputMbit, printed }) => [
      hostName(measured),
      spread(rttMs),
      rttMs === null ? "" : `${rttMs.n}/${measured.ping?.sent ?? 0}`,
      printed === undefined ? "-" : String(printed.rttMs),
      spread(throughputMbit),
      throughputMbit === null ? "" : String(throughputMbit.n),
      printed === undefined ? "-" : String(printed.throughputMbit),
      measured.errors.join("; "),
    ]),
  ];
}

/** One host in one line, as soon as it is measured. */
export function hostLine(row: HostRow): string {
  const { rttMs, throughputMbit, measured } = row;
  const found = [
    ...(rttMs === null ? [] : [`RTT ${spread(rttMs)} ms`]),
    ...(throughputMbit === null ? [] : [`TCP ${spread(throughputMbit)} Mbit/s`]),
    ...measured.errors,
  ];
  return `${hostName(measured)}: ${found.join(", ")}`;
}

const hostName = ({ host, port }: HostMeasurement): string =>
  port === 5201 ? host : host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

const spread = (found: Spread | null): string =>
  found === null ? "-" : `${significant(found.mean)} ± ${significant(found.deviation)}`;

/** Three significant digits, and no exponent. */
const significant = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
