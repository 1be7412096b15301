import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Cell, LinkParameters } from "../experiment/plan.js";
import type { Estimate, Metric } from "../metric/contract.js";
import type { Attestation, InterfaceState, LinkMeasurement, MigrationOutcome } from "../record/schema.js";
import type { LabDescription, LabState } from "../testbed/standing-labs.js";
import { columns } from "./columns.js";

/** A lab for a person: what it is, its machines with their addresses, its links, its interfaces. */
export function labLines(lab: LabDescription): string[] {
  const { wan, access, guest, machines } = lab;
  const shaper = lab.shaper === "guest" ? "a small guest's kernel" : "the cloudlets' own kernel";
  return [
    `Lab ${lab.id}: experiment ${lab.experiment}, profile ${lab.profile}, testbed ${lab.testbed}`,
    ...indented(
      columns(machines.map(({ name, role, addresses }) => [name, addresses.join(", ") || "-", role])),
    ),
    `  VM3 has ${guest.memoryMiB} MiB and ${guest.vcpus} vCPU under ${lab.accelerator.toUpperCase()}, QEMU process ${lab.vm3.pid}; netem of ${shaper}`,
    `  between the cloudlets (Br0): ${linkInWords(wan)}; device to cloudlet (Br1, Br2): ${linkInWords(access)}`,
    ...indented(qdiscLines(lab.qdiscs ?? {})),
  ];
}

/** A lab that was up before it was asked for: in what it is not as `up` would leave it, and the command for that. */
export function standsAlready(lab: LabDescription, asked: Pick<Cell, "wan">, bin: string): string[] {
  const { id, wan, vm3, device } = lab;
  const shape = asked.wan.rateBps === null ? "" : ` --bw ${mbit(asked.wan.rateBps)} --rtt ${asked.wan.rttMs}`;
  return [
    `Up since ${lab.startedAt}; nothing was changed. One more like it: ${bin} up --another`,
    ...(isDeepStrictEqual(wan, asked.wan)
      ? []
      : [`  its link between the cloudlets is not as asked: ${bin} shape --lab ${id}${shape}`]),
    ...(vm3.cloudlet === 1 ? [] : [`  VM3 is on cloudlet ${vm3.cloudlet}; back: ${bin} migrate --lab ${id}`]),
    ...(device.cloudlet === 1 ? [] : [`  the device is not on cloudlet 1; anew: ${bin} down ${id}, then up`]),
  ];
}

export const linkInWords = ({ rateBps, rttMs }: LinkParameters): string =>
  rateBps === null ? "unshaped" : `${mbit(rateBps)} Mbit/s, RTT ${rttMs} ms`;

/** Tables 4.5 to 4.8. */
export function interfaceLines(title: string, rows: readonly InterfaceState[]): string[] {
  const words = rows.map((row) => [row.vm, row.interface, row.state, row.address ?? "NONE"]);
  return [title, ...indented(columns([["VM", "interface", "state", "address"], ...words]))];
}

const qdiscSchema = z.array(
  z.object({
    kind: z.string(),
    options: z.object({
      /** tbf, bytes per second and bytes. */
      rate: z.number().optional(),
      burst: z.number().optional(),
      /** netem, seconds. */
      delay: z.object({ delay: z.number() }).optional(),
      limit: z.number().optional(),
    }),
  }),
);

/** `tc -j qdisc show` by direction, as far as tbf and netem go; anything else is left out. */
export function qdiscLines(qdiscs: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(qdiscs).flatMap(([direction, shown]) => {
    const parsed = qdiscSchema.safeParse(shown);
    if (!parsed.success) return [];
    const words = parsed.data.map(({ kind, options: { rate, burst, delay, limit } }) =>
      [
        kind,
        ...(rate === undefined ? [] : [`rate ${mbit(rate * 8)} Mbit/s`]),
        ...(burst === undefined ? [] : [`burst ${burst} B`]),
        ...(delay === undefined ? [] : [`delay ${fixed(delay.delay * 1000, 3)} ms`]),
        ...(limit === undefined ? [] : [`limit ${limit}`]),
      ].join(" "),
    );
    return words.length === 0 ? [] : [`${direction}: ${words.join("; ")}`];
  });
}

/** What was asked of the link between the cloudlets, beside what it shows. */
export function measurementLines(
  asked: LinkParameters,
  measured: LinkMeasurement,
  { expected, findings }: Attestation,
): string[] {
  const { rtt, rateBps } = measured;
  return [
    ...columns([
      ["", "asked", "measured"],
      [
        "rate",
        asked.rateBps === null ? "unshaped" : `${mbit(asked.rateBps)} Mbit/s`,
        `${mbit(rateBps)} Mbit/s`,
      ],
      [
        "RTT",
        asked.rateBps === null ? "unshaped" : `${asked.rttMs} ms`,
        `${fixed(rtt.medianMs, 2)} ms (median of ${rtt.received}; ${fixed(rtt.minMs, 2)} to ${fixed(rtt.maxMs, 2)})`,
      ],
    ]),
    ...(expected.bound === "netem-limit" && expected.rateBps !== null
      ? [`expected: ${mbit(expected.rateBps)} Mbit/s (netem's packet limit lets no more pass)`]
      : []),
    // There is no migration here that it could be before.
    ...findings.map((finding) => `not as asked: ${finding.replace(/^before the migration /, "")}`),
  ];
}

/** A migration that completed. */
export function migrationLines(outcome: MigrationOutcome): string[] {
  const { commandStartMs, commandEndMs, totalTimeMs, downtimeMs, transferredBytes, dirtySyncCount } = outcome;
  const seconds = (ms: number) => `${fixed(ms / 1000, 2)} s`;
  const known = (value: number | null, words: (value: number) => string) =>
    value === null ? "unknown" : words(value);
  return columns([
    ["total time", seconds(commandEndMs - commandStartMs), `QEMU's own: ${known(totalTimeMs, seconds)}`],
    ["downtime", known(downtimeMs, (ms) => `${ms} ms`), "QEMU's own"],
    [
      "transferred",
      known(transferredBytes, mebibytes),
      `in ${known(dirtySyncCount, String)} passes over the memory`,
    ],
  ]);
}

export const mebibytes = (bytes: number): string => `${fixed(bytes / 2 ** 20, 1)} MiB`;

/** Metrics of one cell with their error bounds; those that it does not have are left out. */
export function metricLines(metrics: readonly Metric[], computed: ReadonlyMap<string, Estimate>): string[] {
  return columns(
    metrics.flatMap(({ id, title, unit }) => {
      const estimate = computed.get(id);
      return estimate === undefined ? [] : [[title, estimateInWords(estimate, unit)]];
    }),
  );
}

/** `8.21 ± 0.05 s`: the bound to two significant digits, the value to the same place. */
export function estimateInWords({ value, errorBound }: Estimate, unit: string): string {
  const suffix = unit === "1" ? "" : ` ${unit}`;
  if (errorBound === 0) return `${Number.isInteger(value) ? value : Number(value.toPrecision(6))}${suffix}`;
  const places = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(errorBound))));
  return `${value.toFixed(places)} ± ${errorBound.toFixed(places)}${suffix}`;
}

/** What can be said of something made on this machine without asking its machines. */
export function stateInWords(state: LabState): string {
  switch (state.name) {
    case "standing":
      return "standing";
    case "driven":
      return `in use by process ${state.pid} (${state.command})`;
    case "abandoned":
      return `left behind: ${state.reason}`;
  }
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** Rounded, and without zeros that say nothing. */
const fixed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

const mbit = (bps: number): string => fixed(bps / 1e6, 1);
