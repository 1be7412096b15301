import type { Random } from "../engine/random.js";
import { msFromNs, nsFromMs, type TimerQueue } from "../engine/timer-queue.js";
import type { Guest } from "../guest/guest.js";
import { type GuestMemory, PAGE_BYTES } from "../guest/memory.js";
import type { SimulationParameters } from "../parameters.js";
import type { MigrationStream } from "./stream.js";

/** RAM_SAVE_FLAG_* and offset before a page, and the fill byte of a zero page (arch_init.c, migration/ram.c). */
export const PAGE_HEADER_BYTES = 8;
export const ZERO_PAGE_BYTES = PAGE_HEADER_BYTES + 1;

export interface MigrationSettings {
  /** max-bandwidth, bytes/s; 0: none. */
  readonly maxBandwidthBytesPerS: number;
  readonly downtimeLimitMs: number;
}

export interface MigrationHooks {
  /** VM3 stopped at the source. */
  stopped(): void;
  /** VM3 runs at the destination. */
  resumed(): void;
}

export interface HypervisorContext {
  readonly timers: TimerQueue;
  readonly stream: MigrationStream;
  readonly memory: GuestMemory;
  readonly guest: Guest;
  readonly parameters: SimulationParameters["hypervisor"];
  readonly settings: MigrationSettings;
  readonly random: Random;
  readonly hooks: MigrationHooks;
  /** Tells the memory what the guest wrote up to now. */
  readonly guestWrites: () => void;
}

export type MigrationStatus = "none" | "setup" | "active" | "device" | "completed" | "cancelled";

/**
 * What both generations of QEMU share: the walk over the dirty bitmap, the counters of query-migrate,
 * stopping the guest, and the destination, which starts it once it has read the whole stream.
 */
export abstract class Hypervisor {
  status: MigrationStatus = "none";
  reason: string | null = null;
  startNs = 0;
  endNs = 0;
  stopNs = 0;
  resumeNs = 0;
  setupNs = 0;
  normalPages = 0;
  duplicatePages = 0;
  /** Walks over the bitmap begun (dirty-sync-count). */
  passes = 0;
  dirtyPagesPerS = 0;
  /** Bytes handed to QEMUFile so far. */
  transferredBytes = 0;
  /** What the hypervisor believes: bytes/s towards the destination, and the downtime to expect. */
  believedBytesPerS = 0;
  expectedDowntimeMs: number | null = null;

  protected cursor = 0;
  private lastSyncNs = 0;
  private fewestDirtyPages = Infinity;
  private passesWithoutProgress = 0;

  constructor(protected readonly context: HypervisorContext) {
    context.stream.onAllReceived = () => {
      this.loadAtDestination();
    };
  }

  /** The migrate command. */
  start(): void {
    const { timers, stream } = this.context;
    this.startNs = timers.nowNs;
    this.lastSyncNs = timers.nowNs;
    this.status = "setup";
    stream.connect();
  }

  /** The stream is connected. */
  abstract connected(): void;

  /** migrate_cancel: the guest goes on at the source. */
  cancel(reason: string): void {
    this.status = "cancelled";
    this.reason = reason;
    this.endNs = this.context.timers.nowNs;
    this.context.stream.abort();
    if (!this.context.guest.running) this.context.guest.resumeAt(1);
    this.halt();
  }

  get finished(): boolean {
    return this.status === "completed" || this.status === "cancelled";
  }

  get remainingBytes(): number {
    return this.context.memory.dirtyPages * PAGE_BYTES;
  }

  /** Cancels the policy's timers. */
  protected abstract halt(): void;

  /** CPU time with the spread of a busy host, ns. */
  protected cpuNs(ns: number): number {
    const { parameters, random } = this.context;
    return Math.round(ns * random.between(1 - parameters.jitter, 1 + parameters.jitter));
  }

  protected setupTimeNs(ms: number): number {
    return this.cpuNs(nsFromMs(ms));
  }

  /** migration_bitmap_sync: what the guest wrote since the last look is dirty again. */
  protected syncBitmap(): void {
    const { memory, timers, guestWrites } = this.context;
    guestWrites();
    const fresh = memory.syncDirtyLog();
    const elapsedNs = timers.nowNs - this.lastSyncNs;
    if (elapsedNs > 0) this.dirtyPagesPerS = Math.round((fresh * 1e9) / elapsedNs);
    this.lastSyncNs = timers.nowNs;
  }

  /** A walk over the whole bitmap ends and the next begins; gives up when walks no longer shrink it. */
  protected beginPass(): void {
    const { memory, parameters } = this.context;
    this.passes++;
    this.cursor = 0;
    if (memory.dirtyPages < this.fewestDirtyPages) {
      this.fewestDirtyPages = memory.dirtyPages;
      this.passesWithoutProgress = 0;
    } else if (++this.passesWithoutProgress >= parameters.givesUpAfterPasses) {
      this.cancel(
        `not converging: ${this.passesWithoutProgress} passes without fewer dirty pages ` +
          `(${memory.dirtyPages} left, guest dirties ${this.dirtyPagesPerS} pages/s); QEMU would never finish`,
      );
    }
  }

  /**
   * Puts the next dirty pages into the stream's buffer: one page that holds something, or a run of zero
   * pages. Returns bytes for the wire, 0 when nothing is dirty from the cursor on; `lastPages` and
   * `lastWasZero` say what they were.
   */
  protected saveNext(mostZeroPages: number): number {
    const { memory } = this.context;
    let page = memory.nextDirty(this.cursor);
    this.lastPages = 0;
    if (page < 0) return 0;
    if (!memory.isZero(page)) {
      memory.clean(page);
      this.cursor = page + 1;
      this.normalPages++;
      this.lastPages = 1;
      this.lastWasZero = false;
      this.transferredBytes += PAGE_HEADER_BYTES + PAGE_BYTES;
      return PAGE_HEADER_BYTES + PAGE_BYTES;
    }
    let count = 0;
    while (count < mostZeroPages && page >= 0 && page < memory.pages && memory.isZero(page)) {
      memory.clean(page);
      count++;
      this.cursor = page + 1;
      page = memory.nextDirty(this.cursor);
    }
    this.duplicatePages += count;
    this.lastPages = count;
    this.lastWasZero = true;
    this.transferredBytes += count * ZERO_PAGE_BYTES;
    return count * ZERO_PAGE_BYTES;
  }

  protected lastPages = 0;
  protected lastWasZero = false;

  /** vm_stop at the source. */
  protected stopGuest(): void {
    const { guest, hooks, timers } = this.context;
    guest.stop();
    this.stopNs = timers.nowNs;
    this.status = "device";
    hooks.stopped();
  }

  /** The last byte is in the socket: the migrate command returns; the destination goes on reading. */
  protected sourceCompleted(): void {
    this.endNs = this.context.timers.nowNs;
    this.status = "completed";
    this.halt();
    this.context.stream.shutdown();
  }

  private loadAtDestination(): void {
    const { timers, parameters } = this.context;
    const timer = timers.add({
      expire: () => {
        const { guest, hooks } = this.context;
        guest.resumeAt(2);
        this.resumeNs = timers.nowNs;
        hooks.resumed();
      },
    });
    timers.arm(timer, timers.nowNs + this.cpuNs(nsFromMs(parameters.deviceLoadMs)));
  }

  get elapsedMs(): number {
    return msFromNs(this.context.timers.nowNs - this.startNs);
  }
}
