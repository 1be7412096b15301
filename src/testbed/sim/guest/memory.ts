import type { Random } from "../engine/random.js";
import type { SimulationParameters } from "../parameters.js";

export const PAGE_BYTES = 4096;
const PAGES_PER_MIB = 256;

export interface MemoryLayout {
  readonly memoryMiB: number;
  readonly usedMiB: number;
}

/**
 * VM3's memory as a hypervisor sees it: which pages hold something, and which have been written since the
 * hypervisor last looked (KVM's dirty log). Pages never used are zero.
 */
export class GuestMemory {
  readonly pages: number;
  /** Pages in the migration bitmap: to be sent, or sent again. */
  dirtyPages = 0;

  private readonly used: Uint8Array;
  private readonly bitmap: Uint8Array;
  /** Pages that the workload writes, in the order in which it comes round to them. */
  private readonly workingSet: Int32Array;
  private workingSetAt = 0;
  private touched = 0;

  constructor(layout: MemoryLayout, parameters: SimulationParameters["guest"], random: Random) {
    this.pages = layout.memoryMiB * PAGES_PER_MIB;
    this.used = new Uint8Array(this.pages);
    this.bitmap = new Uint8Array(this.pages);
    const usedMiB = layout.usedMiB + random.between(-1, 1) * parameters.usedSpreadMiB;
    this.layOut(Math.min(usedMiB, layout.memoryMiB), parameters.topExtentMiB);
    this.workingSet = this.chooseWorkingSet(Math.round(parameters.workingSetMiB * PAGES_PER_MIB), random);
  }

  isZero(page: number): boolean {
    return this.used[page] === 0;
  }

  /** First dirty page at or after `from`, or -1. */
  nextDirty(from: number): number {
    return this.bitmap.indexOf(1, from);
  }

  /** Migration begins: every page is to be sent. */
  markAllDirty(): void {
    this.bitmap.fill(1);
    this.dirtyPages = this.pages;
  }

  clean(page: number): void {
    if (this.bitmap[page] === 1) {
      this.bitmap[page] = 0;
      this.dirtyPages--;
    }
  }

  /** The guest writes pages; fractions of a page carry over. */
  touch(pages: number): void {
    this.touched += pages;
  }

  /** Moves KVM's dirty log into the migration bitmap (migration_bitmap_sync). Returns pages newly dirty. */
  syncDirtyLog(): number {
    const writes = Math.floor(this.touched);
    this.touched -= writes;
    const distinct = Math.min(writes, this.workingSet.length);
    let fresh = 0;
    for (let i = 0; i < distinct; i++) {
      const page = this.workingSet[this.workingSetAt] ?? 0;
      if (++this.workingSetAt === this.workingSet.length) this.workingSetAt = 0;
      if (this.bitmap[page] === 0) {
        this.bitmap[page] = 1;
        fresh++;
      }
    }
    this.dirtyPages += fresh;
    return fresh;
  }

  /** Forgets what the guest wrote before the migration began to watch. */
  clearDirtyLog(): void {
    this.touched = 0;
  }

  /** Boot allocations at the top, everything else from the bottom up. */
  private layOut(usedMiB: number, topExtentMiB: number): void {
    const used = Math.round(usedMiB * PAGES_PER_MIB);
    const top = Math.min(used, Math.round(topExtentMiB * PAGES_PER_MIB));
    this.used.fill(1, this.pages - top);
    this.used.fill(1, 0, used - top);
  }

  /** A contiguous walk over used pages, from a random one on. */
  private chooseWorkingSet(pages: number, random: Random): Int32Array {
    const chosen: number[] = [];
    let page = Math.floor(random.unit() * this.pages);
    for (let seen = 0; seen < this.pages && chosen.length < pages; seen++) {
      if (this.used[page] === 1) chosen.push(page);
      if (++page === this.pages) page = 0;
    }
    return Int32Array.from(chosen);
  }
}
