/** Ranges of data sequence numbers that wait to be sent, oldest first. */
export class DataRanges {
  /** Of all ranges together. */
  bytes = 0;
  private readonly from: number[] = [];
  private readonly to: number[] = [];

  get isEmpty(): boolean {
    return this.from.length === 0;
  }

  push(from: number, to: number): void {
    this.bytes += to - from;
    const last = this.to.length - 1;
    if (last >= 0 && this.to[last] === from) this.to[last] = to;
    else {
      this.from.push(from);
      this.to.push(to);
    }
  }

  /** Where the oldest range begins; undefined without one. */
  get first(): number | undefined {
    return this.from[0];
  }

  /** Takes bytes off the oldest range, and of that one only: they share a mapping. Returns how many. */
  take(maxBytes: number): number {
    const from = this.from[0];
    const to = this.to[0];
    if (from === undefined || to === undefined) return 0;
    const bytes = maxBytes < to - from ? maxBytes : to - from;
    this.skipTo(from + bytes);
    return bytes;
  }

  /** Drops what lies before this sequence number in the oldest ranges. */
  skipTo(sequence: number): void {
    for (;;) {
      const from = this.from[0];
      const to = this.to[0];
      if (from === undefined || to === undefined || from >= sequence) return;
      if (to > sequence) {
        this.bytes -= sequence - from;
        this.from[0] = sequence;
        return;
      }
      this.bytes -= to - from;
      this.from.shift();
      this.to.shift();
    }
  }

  *[Symbol.iterator](): Generator<readonly [from: number, to: number]> {
    for (const [index, from] of this.from.entries()) yield [from, this.to[index] ?? from];
  }
}
