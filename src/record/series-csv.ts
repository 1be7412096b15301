import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { Failure } from "../failure.js";
import type { Column } from "./column.js";
import { columnsOf, type RawSeries, type SeriesName, seriesColumns } from "./series.js";

/** Names of all series, in the order in which they are written. */
export const seriesNames = Object.keys(seriesColumns) as SeriesName[];

/** File name of a series inside its cell's folder. */
export const seriesFileName = (name: SeriesName): string => `${name}.csv.gz`;

export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** Milliseconds keep three decimals, i.e. microseconds: finer than any clock that stamps them. */
function cellValue(column: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return "";
  if (!Number.isFinite(value)) throw new RangeError(`column ${column} holds ${value}`);
  return String(column.endsWith("Ms") ? Math.round(value * 1000) / 1000 : value);
}

/** One series as CSV text with a header line. */
export function encodeSeries<S extends SeriesName>(name: S, rows: RawSeries[S]): string {
  const columns = columnsOf(name).map((column) => column.name);
  const lines = rows.map((row) =>
    columns.map((column) => cellValue(column, (row as unknown as Record<string, unknown>)[column])),
  );
  return stringify([columns, ...lines]);
}

/**
 * gzip (RFC 1952) with no time stamp and no operating system in its header, so that the same rows give
 * the same bytes whenever and wherever they are written.
 */
export function gzipDeterministically(text: string): Uint8Array {
  const osByte = 9;
  const unknownOs = 255;
  // On these series level 9 takes eleven times as long and saves nothing.
  const compressed = gzipSync(text, { level: 6 });
  compressed[osByte] = unknownOs;
  return compressed;
}

/** Reads a series back. Throws a Failure of kind "record" that names file, line and column. */
export function decodeSeries<S extends SeriesName>(name: S, csv: string, file: string): RawSeries[S] {
  const columns = columnsOf(name);
  const names = columns.map((column) => column.name).join();
  let lines: string[][];
  try {
    lines = plainLines(csv) ?? parse(csv);
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
  const header = lines.shift();
  if (header?.join() !== names) throw unreadable(`${file}:1`, `the columns must be ${names}`);
  const rows = lines.map((line, index) => {
    const row: Record<string, string | number | null> = {};
    for (const [position, column] of columns.entries()) {
      const text = line[position] ?? "";
      const value = decodeValue(text, column);
      if (value === undefined) throw unreadable(`${file}:${index + 2}`, `${column.name} can't be "${text}"`);
      row[column.name] = value;
    }
    return row;
  });
  return rows as unknown as RawSeries[S];
}

/**
 * Fields of a CSV in which nothing is quoted, which a series practically never has; five times as fast as a parser.
 * undefined: it takes one, also to say what is wrong.
 */
function plainLines(csv: string): string[][] | undefined {
  if (/["\r]/.test(csv)) return undefined;
  const lines = csv
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split(","));
  return lines.every(({ length }) => length === lines[0]?.length) ? lines : undefined;
}

/** undefined: not what the column holds. */
function decodeValue(text: string, { type, words, optional }: Column): string | number | null | undefined {
  if (type === "string") return words === undefined || words.includes(text) ? text : undefined;
  if (text === "") return optional === true ? null : undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const unreadable = (place: string, message: string): Failure =>
  new Failure(message, {
    kind: "record",
    place,
    mend: "the file is not as it was recorded: restore it from a copy, or run the experiment again",
  });
