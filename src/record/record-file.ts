import { constants, open } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Failure } from "../failure.js";

/** Ten times the largest packet capture. Beyond it, what lies there is no file of a record. */
const MOST_BYTES = 256 * 2 ** 20;

/** Series are packed to a tenth at best; what unpacks to this many times its size is a bomb. */
const MOST_UNPACKED = 40;

export const RESTORE = "restore it from a copy, or run the experiment again";

const refusal = (file: string, message: string, cause?: unknown): Failure =>
  new Failure(message, { kind: "record", place: file, mend: RESTORE, cause });

/**
 * Reads a file of a record that may come from a stranger: a regular file, or a link to one, never a device or a
 * pipe, which would be waited for or read without end.
 *
 * @throws Failure (record) when it is missing, something else, or too large.
 */
export async function readRecordFile(file: string): Promise<Buffer> {
  try {
    // A pipe that nobody writes to would be waited for in open(2).
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw refusal(file, "not a regular file");
    if (stat.size > MOST_BYTES) {
      throw refusal(file, `${stat.size} bytes, more than a file of a record has (${MOST_BYTES})`);
    }
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw refusal(file, whyUnreadable(cause), cause);
  }
}

function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") return "the file is missing from the record";
  return `it can't be read${code === "" ? "" : `: ${code}`}`;
}

/**
 * What a gzip file of a record holds.
 *
 * @throws Failure (record) when it is cut short, is none, or unpacks to more than any record has.
 */
export async function unpack(packed: Uint8Array, file: string): Promise<Buffer> {
  const maxOutputLength = Math.min(MOST_BYTES, MOST_UNPACKED * packed.length);
  try {
    return await promisify(gunzip)(packed, { maxOutputLength });
  } catch (cause) {
    const isBomb = cause instanceof RangeError;
    throw refusal(
      file,
      isBomb ? `it unpacks to more than ${maxOutputLength} bytes` : "not a whole gzip file",
      cause,
    );
  }
}
