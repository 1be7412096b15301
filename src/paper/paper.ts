import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { interfaceStateSchema } from "../record/schema.js";

const place = z.string();

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
    place,
    paths: z.array(z.strictObject({ between: z.string(), rttMs: z.number(), throughputMbit: z.number() })),
    migrations: z.array(
      z.strictObject({ load: z.string(), totalMigrationTimeS: z.number(), networkDowntimeMs: z.number() }),
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
      bandwidthMbit: z.number().optional(),
      rttMs: z.number().optional(),
      metric: z.string().optional(),
    }),
  ),
  derived: z.array(z.strictObject({ id: z.string(), value: z.number(), unit: z.string(), place })),
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
  }),
);

export type Erratum = z.infer<typeof errataSchema>[number];

/** What the thesis printed, and where it is wrong. */
export type Paper = z.infer<typeof valuesSchema> & { readonly errata: readonly Erratum[] };

/** One printed number of a grid point. */
export interface PrintedValue {
  readonly bandwidthMbit: number;
  readonly rttMs: number;
  readonly value: number;
  readonly place: string;
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

/** Every number that the thesis printed for a metric over the grid, from tables and from the text. */
export function printedValues(paper: Paper, metric: string): PrintedValue[] {
  const fromTables = paper.tables
    .filter((table) => table.metric === metric)
    .flatMap((table) =>
      table.rows.flatMap(({ bandwidthMbit, values }) =>
        values.map((value, column) => ({
          bandwidthMbit,
          rttMs: table.rttMs[column] ?? NaN,
          value,
          place: table.place,
        })),
      ),
    );
  const fromText = paper.figures.flatMap(({ bandwidthMbit, rttMs, value, place: found, ...figure }) =>
    figure.metric === metric && bandwidthMbit !== undefined && rttMs !== undefined
      ? [{ bandwidthMbit, rttMs, value, place: found }]
      : [],
  );
  return [...fromTables, ...fromText];
}
