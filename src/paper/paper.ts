import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { flowSchema } from "../experiment/schema.js";
import { type Setting, settings } from "../metric/setting.js";
import { interfaceStateSchema } from "../record/schema.js";

const place = z.string();

/** What a number printed alone is: a metric at a point. Without bandwidth and RTT the link is unshaped. */
const atPoint = {
  metric: z.string().optional(),
  /** The same in the metric's unit, where that is another. */
  metricValue: z.number().optional(),
  setting: z.enum(settings).default("handover"),
  bandwidthMbit: z.number().optional(),
  rttMs: z.number().optional(),
};

const gridTableSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  place,
  /** Id of the metric that measures the same thing. */
  metric: z.string(),
  unit: z.string(),
  rttMs: z.array(z.number()),
  rows: z.array(z.strictObject({ bandwidthMbit: z.number(), values: z.array(z.number()) })),
});

const valuesSchema = z.strictObject({
  tables: z.array(gridTableSchema),
  baseline: z.strictObject({
    pathsPlace: place,
    migrationsPlace: place,
    paths: z.array(
      z.strictObject({
        flow: flowSchema,
        between: z.string(),
        rttMs: z.number(),
        throughputMbit: z.number(),
      }),
    ),
    migrations: z.array(
      z.strictObject({
        setting: z.enum(settings),
        load: z.string(),
        totalMigrationTimeS: z.number(),
        networkDowntimeMs: z.number(),
      }),
    ),
  }),
  publicServers: z.strictObject({
    place,
    servers: z.array(
      z.strictObject({
        host: z.string(),
        location: z.string(),
        rttMs: z.number(),
        throughputMbit: z.number(),
      }),
    ),
  }),
  links: z.strictObject({
    place,
    rows: z.array(
      z.strictObject({
        between: z.string(),
        through: z.string(),
        bandwidthMbit: z.number(),
        rttMs: z.number(),
      }),
    ),
  }),
  interfaces: z.array(
    z.strictObject({ id: z.string(), title: z.string(), place, rows: z.array(interfaceStateSchema) }),
  ),
  figures: z.array(
    z.strictObject({
      figure: z.string(),
      quantity: z.string(),
      value: z.number(),
      unit: z.string(),
      place,
      ...atPoint,
    }),
  ),
  derived: z.array(
    z.strictObject({ id: z.string(), value: z.number(), unit: z.string(), place, ...atPoint }),
  ),
});

const errataSchema = z.array(
  z.strictObject({
    id: z.string(),
    place,
    quantity: z.string(),
    printed: z.number(),
    /** null: the thesis does not let us know. */
    right: z.number().nullable(),
    reason: z.string(),
    /** Which printed point it is about, where it is one. */
    metric: z.string().optional(),
    bandwidthMbit: z.number().optional(),
    rttMs: z.number().optional(),
  }),
);

export type Erratum = z.infer<typeof errataSchema>[number];

/** What the thesis printed, and where it is wrong. */
export type Paper = z.infer<typeof valuesSchema> & { readonly errata: readonly Erratum[] };

/** One printed number of a metric, in the metric's unit. */
export interface PrintedValue {
  readonly setting: Setting;
  /** null: over the unshaped link. */
  readonly bandwidthMbit: number | null;
  readonly rttMs: number;
  readonly value: number;
  readonly place: string;
}

/** One over the thesis's grid. */
export interface PrintedGridValue extends PrintedValue {
  readonly setting: "handover";
  readonly bandwidthMbit: number;
}

/** Beside the sources also when this file runs from dist/: the compiler copies no YAML. */
const folder = new URL("../../src/paper/", import.meta.url);

export async function loadPaper(): Promise<Paper> {
  const read = async (file: string): Promise<unknown> => parse(await readFile(new URL(file, folder), "utf8"));
  return {
    ...valuesSchema.parse(await read("values.yaml")),
    errata: errataSchema.parse(await read("errata.yaml")),
  };
}

/** Every number that the thesis printed for a metric: from its tables first, then from its text. */
export function printedPoints(paper: Paper, metric: string): PrintedValue[] {
  const grid = paper.tables
    .filter((table) => table.metric === metric)
    .flatMap(({ rows, rttMs, place: found }) =>
      rows.flatMap(({ bandwidthMbit, values }) =>
        values.map((value, column) => ({
          setting: "handover" as const,
          bandwidthMbit,
          rttMs: rttMs[column] ?? NaN,
          value,
          place: found,
        })),
      ),
    );
  const text = [...paper.figures, ...paper.derived]
    .filter((entry) => entry.metric === metric)
    .map(({ setting, bandwidthMbit = null, rttMs = 0, metricValue, value, place: found }) => ({
      setting,
      bandwidthMbit,
      rttMs,
      value: metricValue ?? value,
      place: found,
    }));
  return [...grid, ...baselinePoints(paper, metric), ...text];
}

/** Those over the bandwidth × RTT plane of section 4.6. */
export function printedValues(paper: Paper, metric: string): PrintedGridValue[] {
  return printedPoints(paper, metric).filter(
    (printed): printed is PrintedGridValue =>
      printed.setting === "handover" && printed.bandwidthMbit !== null,
  );
}

/** Table 4.3 and section 4.4, all over the unshaped link. */
function baselinePoints({ baseline }: Paper, metric: string): PrintedValue[] {
  const unshaped = { bandwidthMbit: null, rttMs: 0 };
  const paths = baseline.paths.flatMap(({ flow, rttMs, throughputMbit }) => [
    { id: `${flow}RttMs`, value: rttMs },
    { id: `${flow}ThroughputMbit`, value: throughputMbit },
  ]);
  const migrations = baseline.migrations.flatMap(({ setting, totalMigrationTimeS, networkDowntimeMs }) => [
    { id: "totalMigrationTimeS", setting, value: totalMigrationTimeS },
    { id: "networkDowntimeMs", setting, value: networkDowntimeMs },
  ]);
  return [
    ...paths.map((path) => ({ ...path, setting: "throughput" as const, place: baseline.pathsPlace })),
    ...migrations.map((migration) => ({ ...migration, place: baseline.migrationsPlace })),
  ]
    .filter(({ id }) => id === metric)
    .map(({ setting, value, place: found }) => ({ ...unshaped, setting, value, place: found }));
}
