import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { Failure } from "../failure.js";
import type { Leg } from "./leg.js";

const rowSchema = z.object({
  device: z.string().min(1),
  timeS: z.coerce.number().min(0),
  xM: z.coerce.number(),
  yM: z.coerce.number(),
});

interface Sample {
  readonly timeS: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Walks from a file.
 *
 * @throws Failure (usage) for one that can't be read, or is no trace.
 * @see walksOfTrace
 */
export async function readTrace(file: string): Promise<Map<string, Leg[]>> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const { code = "it can't be read" } = cause as NodeJS.ErrnoException;
    throw new Failure(code === "ENOENT" ? "no such file" : code, {
      kind: "usage",
      place: file,
      mend: "name a CSV file of positions",
      cause,
    });
  });
  return walksOfTrace(file, text);
}

/**
 * Walks from a CSV with the columns device, timeS, xM and yM, positions in metres from the south-western corner. Rows of one device
 * stand in the order of time; between two of them it walks straight.
 *
 * @throws Failure (usage) with `file:line` for a row that can't be read, or whose time is not after the device's last.
 */
export function walksOfTrace(file: string, text: string): Map<string, Leg[]> {
  const wrong = (line: number, message: string, mend: string): Failure =>
    new Failure(message, { kind: "usage", place: `${file}:${line}`, mend });
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    records = parse(text, { columns: true, info: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    const line = cause instanceof Error && "lines" in cause ? Number(cause.lines) : 1;
    throw wrong(line, "not CSV", "write the columns device,timeS,xM,yM");
  }
  const last = new Map<string, Sample>();
  const walks = new Map<string, Leg[]>();
  for (const { record, info } of records) {
    const row = rowSchema.safeParse(record);
    const blank = ["timeS", "xM", "yM"].find((column) => record[column]?.trim() === "");
    if (!row.success || blank !== undefined) {
      const column = blank ?? String(row.error?.issues[0]?.path[0] ?? "device");
      const found =
        record[column] === undefined ? "is missing" : `${JSON.stringify(record[column])} can't be taken`;
      throw wrong(
        info.lines,
        `${column} ${found}`,
        "write device,timeS,xM,yM with seconds from 0 and metres",
      );
    }
    const { device, timeS, xM: x, yM: y } = row.data;
    const before = last.get(device);
    if (before !== undefined && timeS <= before.timeS) {
      const message = `time of ${device} goes from ${before.timeS} s back to ${timeS} s`;
      throw wrong(info.lines, message, "sort each device's rows by time, each time once");
    }
    const legs = walks.get(device) ?? [];
    walks.set(device, legs);
    if (before !== undefined) {
      legs.push({ startS: before.timeS, endS: timeS, fromX: before.x, fromY: before.y, toX: x, toY: y });
    } else {
      // Until its first row a device stands there.
      legs.push({ startS: 0, endS: timeS, fromX: x, fromY: y, toX: x, toY: y });
    }
    last.set(device, { timeS, x, y });
  }
  if (walks.size === 0) throw wrong(1, "no device in the trace", "write a row for each position");
  return walks;
}
