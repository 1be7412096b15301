/** Pages that something in VM3 keeps writing, one after the other and round again. */
export class WorkingSet {
  private at = 0;
  private written = 0;

  constructor(private readonly pages: Int32Array) {}

  /** Writes so many pages; fractions of a page carry over. */
  write(pages: number): void {
    this.written += pages;
  }

  forget(): void {
    this.written = 0;
  }

  /** Sets what was written since the last call in a bitmap; returns how many of its bits were clear. */
  drainInto(bitmap: Uint8Array): number {
    const writes = Math.floor(this.written);
    this.written -= writes;
    const distinct = Math.min(writes, this.pages.length);
    let fresh = 0;
    for (let i = 0; i < distinct; i++) {
      const page = this.pages[this.at] ?? 0;
      if (++this.at === this.pages.length) this.at = 0;
      if (bitmap[page] === 0) {
        bitmap[page] = 1;
        fresh++;
      }
    }
    return fresh;
  }
}
