const NEWLINE = 0x0a;

/** Longest line that is still no mistake: an agent's answer holds 16 MiB of each output, in base64. */
export const MAX_LINE_BYTES = 64 * 2 ** 20;

/** Cuts a stream of bytes at its newlines, and keeps no more of an unfinished line than `maxBytes`. */
export class LineSplitter {
  private pieces: Buffer[] = [];
  private heldBytes = 0;

  constructor(private readonly maxBytes = MAX_LINE_BYTES) {}

  /** @returns the lines that these bytes complete, without their newlines; undefined when one is too long. */
  push(bytes: Buffer): string[] | undefined {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      if (!this.hold(bytes.subarray(from, end))) return undefined;
      from = end + 1;
      lines.push(Buffer.concat(this.pieces).toString("utf8"));
      this.pieces = [];
      this.heldBytes = 0;
    }
    return this.hold(bytes.subarray(from)) ? lines : undefined;
  }

  /** @returns whether there was room for it. */
  private hold(piece: Buffer): boolean {
    this.heldBytes += piece.length;
    if (this.heldBytes > this.maxBytes) return false;
    this.pieces.push(piece);
    return true;
  }
}
