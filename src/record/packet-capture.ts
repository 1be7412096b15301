import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { CellRecord } from "./schema.js";

/** A packet capture in a file that is handed over to the record. */
export interface CapturedPackets {
  /** Where it was captured; lower-case letters. */
  readonly name: string;
  /** The file: pcap with nanosecond time stamps (pcap-savefile(5)). */
  readonly path: string;
  readonly packets: number;
  /** Packets that the kernel dropped on their way into the file. */
  readonly dropped: number;
  /** Whether it lasted until the probes were stopped; else it ended at its limit. */
  readonly complete: boolean;
}

/** Writes captures into a cell's folder, gzipped as Wireshark opens them, and returns once they are on the disk. */
export async function writeCaptures(
  folder: string,
  captures: readonly CapturedPackets[],
): Promise<NonNullable<CellRecord["captures"]>> {
  const written: NonNullable<CellRecord["captures"]> = [];
  for (const { name, path, packets, dropped, complete } of captures) {
    const file = `${name}.pcap.gz`;
    const sha256 = await compress(path, join(folder, file));
    written.push({ file, sha256, packets, dropped, complete });
  }
  return written;
}

/** Piece by piece, as a capture may be larger than memory. Answers with the hash of what was written. */
async function compress(from: string, to: string): Promise<string> {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(undefined, chunk);
    },
  });
  await pipeline(createReadStream(from), createGzip(), hashing, createWriteStream(to, { flush: true }));
  return hash.digest("hex");
}
