import type { MeasuredRun } from "../metric/measured-run.js";
import type { Column, TableDescription } from "../record/column.js";
import type { DerivedFile } from "../record/derived-file.js";
import { MANIFEST_FILE } from "../record/manifest.js";
import { seriesNames, sha256 } from "../record/series-csv.js";
import { columnsOf, seriesKeys, seriesTitles } from "../record/series.js";

export const DATA_PACKAGE_FILE = "datapackage.json";

/** A raw series as cell.json names it. */
interface SeriesFile {
  readonly path: string;
  readonly sha256: string;
  readonly table: TableDescription;
}

/** Every raw series of a run, cell by cell in the order of the record. */
export function seriesFiles({ run, cells }: Pick<MeasuredRun, "run" | "cells">): SeriesFile[] {
  const records = new Map(cells.map(({ record }) => [record.id, record]));
  return run.cells.flatMap((id) =>
    seriesNames.flatMap((name) => {
      const file = records.get(id)?.series[name];
      if (file === undefined) return [];
      return [
        {
          path: `cells/${id}/${file.file}`,
          sha256: file.sha256,
          table: {
            title: `${seriesTitles[name]}, cell ${id}`,
            columns: columnsOf(name),
            ...(seriesKeys[name] === undefined ? {} : { primaryKey: seriesKeys[name] }),
          },
        },
      ];
    }),
  );
}

/**
 * A run as a Tabular Data Package (Frictionless Data specifications 1.0, https://specs.frictionlessdata.io):
 * every CSV of its folder with its columns, their types and units, and its hash.
 */
export function dataPackage(
  { run, cells }: Pick<MeasuredRun, "run" | "cells">,
  series: readonly (SeriesFile & { readonly bytes: number })[],
  derived: readonly DerivedFile[],
): string {
  const { testbed, profile, provenance, experiments } = run;
  const simulated = testbed.kind === "simulation";
  const withStatus = (status: string) => cells.filter(({ record }) => record.status === status).length;
  const descriptor = {
    profile: "tabular-data-package",
    name: `cloudlet-${resourceName(run.runId)}`,
    title: `${experiments.map(({ name }) => name).join(", ")} on testbed ${testbed.name}${simulated ? " (simulated)" : ""}, profile ${profile.name}`,
    description: `Live migration of a virtual machine between cloudlets under Multipath TCP, ${simulated ? "simulated" : "measured"} by cloudlet ${run.software.version}. run.json and cells/*/cell.json hold parameters, attestation, events and provenance; ${MANIFEST_FILE} the hashes of the record.`,
    created: run.endedAt,
    keywords: ["live migration", "Multipath TCP", "cloudlet", "edge computing"],
    licenses: [{ name: "MIT", title: "MIT License", path: "https://opensource.org/license/mit" }],
    sources: [
      {
        title:
          "F. A. Teka: Seamless Live Virtual Machine Migration for Cloudlet Users with Multipath TCP. Master's thesis, Carleton University, 2014",
      },
    ],
    run: {
      id: run.runId,
      testbed: testbed.name,
      kind: testbed.kind,
      profile: profile.name,
      experiments: experiments.map(({ name, title, thesis }) => ({ name, title, thesis })),
      seed: run.seed,
      startedAt: run.startedAt,
      endedAt: run.endedAt,
      cells: { ok: withStatus("ok"), invalid: withStatus("invalid"), failed: withStatus("failed") },
      software: run.software,
      versions: provenance.versions,
      accelerator: provenance.accelerator,
      shaper: provenance.shaper,
    },
    resources: [
      ...series.map((file) => resource(file)),
      ...derived.flatMap(({ path, content, table }) =>
        table === undefined
          ? []
          : [resource({ path, table, sha256: sha256(content), bytes: Buffer.byteLength(content) })],
      ),
    ],
  };
  return `${JSON.stringify(descriptor, undefined, 2)}\n`;
}

interface TableFile {
  readonly path: string;
  readonly table: TableDescription;
  readonly sha256: string;
  readonly bytes: number;
}

function resource({ path, table, sha256: hash, bytes }: TableFile) {
  const { title, columns, primaryKey } = table;
  return {
    profile: "tabular-data-resource",
    name: resourceName(path.replace(/\.csv(\.gz)?$/, "")),
    path,
    title,
    format: "csv",
    mediatype: "text/csv",
    encoding: "utf-8",
    // Hash and size are those of the file as it lies there (specifications, patterns, compression of resources).
    ...(path.endsWith(".gz") ? { compression: "gz" } : {}),
    bytes,
    hash: `sha256:${hash}`,
    dialect: { delimiter: ",", lineTerminator: "\n", quoteChar: '"', doubleQuote: true, header: true },
    schema: {
      fields: columns.map(field),
      missingValues: [""],
      ...(primaryKey === undefined ? {} : { primaryKey }),
    },
  };
}

function field({ name, type, unit, description, words, optional }: Column) {
  const constraints = {
    ...(optional === true ? {} : { required: true }),
    ...(words === undefined ? {} : { enum: words }),
  };
  return {
    name,
    type,
    ...(unit === undefined ? {} : { unit }),
    description,
    ...(Object.keys(constraints).length === 0 ? {} : { constraints }),
  };
}

/** Lower-case letters, digits, dots, dashes, underscores and slashes are all that a name may hold. */
const resourceName = (text: string): string => text.toLowerCase().replace(/[^-a-z0-9._/]/g, "-");
