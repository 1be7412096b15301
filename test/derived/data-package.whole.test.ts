import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
// The validator of the Frictionless Data project, with the profiles that it publishes.
import frictionless from "datapackage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/record/series-csv.js";
import { writeRun } from "./written-run.js";

interface Field {
  readonly name: string;
  readonly type: string;
  readonly unit?: string;
  readonly description: string;
  readonly constraints?: { readonly required?: boolean; readonly enum?: readonly string[] };
}

interface Resource {
  readonly name: string;
  readonly path: string;
  readonly title: string;
  readonly compression?: string;
  readonly bytes: number;
  readonly hash: string;
  readonly schema: {
    readonly fields: readonly Field[];
    readonly missingValues: readonly string[];
    readonly primaryKey?: readonly string[];
  };
}

interface Descriptor {
  readonly resources: readonly Resource[];
  readonly run: Record<string, unknown>;
}

let dir: string;
let written: string[];
let descriptor: Descriptor;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "cloudlet-data-package-"));
  written = await writeRun(dir, [
    { bandwidthMbit: 350, rttMs: 20 },
    { bandwidthMbit: 350, rttMs: 20, repeat: 2 },
    { bandwidthMbit: 350, rttMs: 100, status: "invalid" },
    { bandwidthMbit: 60, rttMs: 20, status: "failed" },
  ]);
  descriptor = JSON.parse(await readFile(join(dir, "datapackage.json"), "utf8")) as Descriptor;
});
afterAll(() => rm(dir, { recursive: true }));

/** Whether a field's text is of its declared type and among its words. */
function holds(text: string, { type, constraints }: Field): boolean {
  if (text === "") return constraints?.required !== true;
  if (constraints?.enum !== undefined && !constraints.enum.includes(text)) return false;
  switch (type) {
    case "integer":
      return /^-?\d+$/.test(text);
    case "number":
      return Number.isFinite(Number(text));
    default:
      return type === "string";
  }
}

describe("datapackage.json", () => {
  it("is a Tabular Data Package", async () => {
    const { valid, errors } = await frictionless.validate(descriptor);
    expect([valid, errors]).toEqual([true, []]);
  });

  it("describes every CSV of the folder, under a name of its own", async () => {
    const csvs = written.filter((path) => path.endsWith(".csv")).map((path) => path.slice(dir.length + 1));
    const paths = descriptor.resources.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith("cells/")).sort()).toEqual(csvs.sort());
    const sums = await readFile(join(dir, "SHA256SUMS"), "utf8");
    const series = [...sums.matchAll(/ {2}(.*\.csv\.gz)$/gm)].map(([, path]) => path);
    expect(series).toHaveLength(20);
    expect(paths.filter((path) => path.startsWith("cells/")).sort()).toEqual(series.sort());
    expect(new Set(descriptor.resources.map(({ name }) => name)).size).toBe(paths.length);
  });

  it("states size and hash of each file as it lies there", async () => {
    for (const { path, bytes, hash } of descriptor.resources) {
      expect(hash, path).toBe(`sha256:${sha256(await readFile(join(dir, path)))}`);
      expect(bytes, path).toBe((await stat(join(dir, path))).size);
    }
  });

  it("gives each column its type, its description and, where its name has one, its unit", async () => {
    for (const { path, compression, schema } of descriptor.resources) {
      const { fields, missingValues, primaryKey } = schema;
      const content = await readFile(join(dir, path));
      const [header, ...rows] = parse(compression === "gz" ? gunzipSync(content) : content);
      expect(header, path).toEqual(fields.map(({ name }) => name));
      expect(missingValues).toEqual([""]);
      for (const [column, field] of fields.entries()) {
        expect(field.description.length, `${path} ${field.name}`).toBeGreaterThan(3);
        if (/(Ms|S|Mbit|Bytes|KiB)$/.test(field.name))
          expect(field.unit, `${path} ${field.name}`).toBeDefined();
        const wrong = rows.findIndex((row) => !holds(row[column] ?? "", field));
        expect(wrong, `${path}:${wrong + 2} ${field.name} ${rows[wrong]?.[column] ?? ""}`).toBe(-1);
      }
      const keys = rows.map((row) => primaryKey?.map((name) => row[header?.indexOf(name) ?? -1]).join());
      if (primaryKey !== undefined) expect(new Set(keys).size, path).toBe(rows.length);
    }
  });

  it("says where the data come from", () => {
    expect(descriptor).toMatchObject({
      licenses: [{ name: "MIT" }],
      run: { id: "synthetic-1", testbed: "netns", seed: 1, cells: { ok: 2, invalid: 1, failed: 1 } },
    });
  });
});
