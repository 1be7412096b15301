import type { Cell } from "../../../experiment/plan.js";
import type { WriterEvidence } from "../../../record/schema.js";
import type { Random } from "../engine/random.js";
import type { SimulationParameters } from "../parameters.js";
import { WorkingSet } from "./working-set.js";

export const PAGE_BYTES = 4096;
const PAGES_PER_MIB = 256;

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
  /** Pages written by the system and iperf, and by a writer if the experiment has one. */
  private readonly system: WorkingSet;
  private readonly writer: WorkingSet | undefined;
  private readonly writerPagesPerS: number;
  private ranS = 0;

  constructor(
    layout: Cell["guest"],
    private readonly parameters: SimulationParameters["guest"],
    writer: Cell["workload"]["writer"],
    random: Random,
  ) {
    this.pages = layout.memoryMiB * PAGES_PER_MIB;
    this.used = new Uint8Array(this.pages);
    this.bitmap = new Uint8Array(this.pages);
    const usedMiB = layout.usedMiB + random.between(-1, 1) * parameters.usedSpreadMiB;
    this.layOut(Math.min(usedMiB, layout.memoryMiB), parameters.topExtentMiB);
    const from = Math.floor(random.unit() * this.pages);
    this.system = new WorkingSet(this.usedPages(from, parameters.workingSetMiB));
    this.writerPagesPerS = (writer?.rateMiBPerS ?? 0) * PAGES_PER_MIB;
    this.writer = writer === undefined ? undefined : new WorkingSet(this.usedPages(0, writer.workingSetMiB));
  }

  isZero(page: number): boolean {
    return this.used[page] === 0;
  }

  /** First dirty page at or after `from`, or -1. */
  nextDirty(from: number): number {
    return this.bitmap[from] === 1 ? from : this.bitmap.indexOf(1, from);
  }

  /** Migration begins: every page is to be sent, and only what is written from here on counts as dirtied. */
  beginDirtyLog(): void {
    this.bitmap.fill(1);
    this.dirtyPages = this.pages;
    this.system.forget();
    this.writer?.forget();
  }

  clean(page: number): void {
    if (this.bitmap[page] === 1) {
      this.bitmap[page] = 0;
      this.dirtyPages--;
    }
  }

  /** VM3 ran for some seconds and received some bytes over the network. */
  ran(seconds: number, receivedBytes: number): void {
    const { idleDirtyPagesPerS, dirtiedPerReceivedPage } = this.parameters;
    this.system.write(seconds * idleDirtyPagesPerS + (receivedBytes / PAGE_BYTES) * dirtiedPerReceivedPage);
    this.writer?.write(seconds * this.writerPagesPerS);
    this.ranS += seconds;
  }

  /** What the writer wrote while anything depended on it, or undefined where there is none. */
  get written(): WriterEvidence | undefined {
    if (this.writer === undefined || this.ranS === 0) return undefined;
    return { writtenMiB: (this.ranS * this.writerPagesPerS) / PAGES_PER_MIB, durationS: this.ranS };
  }

  /** Moves KVM's dirty log into the migration bitmap (migration_bitmap_sync). Returns pages newly dirty. */
  syncDirtyLog(): number {
    const fresh = this.system.drainInto(this.bitmap) + (this.writer?.drainInto(this.bitmap) ?? 0);
    this.dirtyPages += fresh;
    return fresh;
  }

  /** Boot allocations at the top, everything else from the bottom up. */
  private layOut(usedMiB: number, topExtentMiB: number): void {
    const used = Math.round(usedMiB * PAGES_PER_MIB);
    const top = Math.min(used, Math.round(topExtentMiB * PAGES_PER_MIB));
    this.used.fill(1, this.pages - top);
    this.used.fill(1, 0, used - top);
  }

  /** So many MiB of used pages, walking on from a page. */
  private usedPages(from: number, mib: number): Int32Array {
    const most = Math.round(mib * PAGES_PER_MIB);
    const chosen: number[] = [];
    for (let i = 0; i < this.pages && chosen.length < most; i++) {
      const page = (from + i) % this.pages;
      if (this.used[page] === 1) chosen.push(page);
    }
    return Int32Array.from(chosen);
  }
}
