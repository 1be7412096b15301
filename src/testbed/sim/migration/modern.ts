import { nsFromMs, type TimerId } from "../engine/timer-queue.js";
import { Hypervisor, type HypervisorContext } from "./hypervisor.js";

const ZERO_PAGES_PER_STEP = 256;

/**
 * Pre-copy as QEMU has had it since 2.x (migration/migration.c, migration_thread; migration/ram.c). A
 * thread walks the dirty bitmap and writes into a blocking socket. Every 100 ms it measures what the
 * socket took; that rate times the downtime limit is the threshold. When less is pending, it looks at the
 * dirty log; if still less is pending, it stops the guest and sends the rest. No vCPU throttling
 * (auto-converge is off by default).
 */
export class ModernQemu extends Hypervisor {
  private readonly cpu: TimerId;
  private readonly windowBytes: number;
  private afterCpu: () => void = () => undefined;
  private afterWrite: (() => void) | undefined;
  /** Bytes of QEMUFile's buffer that the blocking write hasn't placed yet. */
  private unwritten = 0;
  private windowStartNs = 0;
  private windowWritten = 0;
  private iterationStartNs = 0;
  private thresholdBytes = 0;

  constructor(context: HypervisorContext) {
    super(context);
    this.cpu = context.timers.add({
      expire: () => {
        this.afterCpu();
      },
    });
    const { bufferDelayMs } = context.parameters.modern;
    const { maxBandwidthBytesPerS } = context.settings;
    this.windowBytes =
      maxBandwidthBytesPerS === 0 ? Infinity : (maxBandwidthBytesPerS * bufferDelayMs) / 1000;
    context.stream.onWritable = () => {
      this.resumeWrite();
    };
  }

  connected(): void {
    const { timers, memory, parameters } = this.context;
    this.run(this.setupTimeNs(parameters.modern.setupMs), () => {
      this.context.guestWrites();
      memory.beginDirtyLog();
      this.setupNs = timers.nowNs - this.startNs;
      this.status = "active";
      this.windowStartNs = timers.nowNs;
      this.beginPass();
      this.iterate();
    });
  }

  protected halt(): void {
    this.context.timers.cancel(this.cpu);
    this.afterCpu = () => undefined;
    this.afterWrite = undefined;
    this.context.stream.onWritable = () => undefined;
  }

  private run(ns: number, then: () => void): void {
    this.afterCpu = then;
    this.context.timers.arm(this.cpu, this.context.timers.nowNs + ns);
  }

  /** migration_iteration_run. */
  private iterate(): void {
    if (this.remainingBytes < this.thresholdBytes || this.remainingBytes === 0) {
      this.syncBitmap();
      if (this.remainingBytes <= this.thresholdBytes) {
        this.complete();
        return;
      }
      this.beginPass();
      if (this.finished) return;
    }
    this.iterationStartNs = this.context.timers.nowNs;
    this.save();
  }

  /** ram_save_iterate: until the rate limit, 50 ms, or the end of the bitmap. */
  private save(): void {
    const { timers, parameters } = this.context;
    const { iterationMs, ioBufferBytes } = parameters.modern;
    if (this.measure()) return;
    if (timers.nowNs - this.iterationStartNs > nsFromMs(iterationMs)) {
      this.iterate();
      return;
    }
    let bytes = 0;
    let us = 0;
    let exhausted = false;
    while (bytes < ioBufferBytes) {
      const more = this.saveNext(ZERO_PAGES_PER_STEP);
      if (more === 0) {
        exhausted = true;
        break;
      }
      bytes += more;
      us += this.pageTimeUs();
      if (this.lastWasZero) break;
    }
    this.run(this.cpuNs(us * 1000), () => {
      this.write(bytes, () => {
        if (exhausted) this.endOfBitmap();
        else this.save();
      });
    });
  }

  /** The walk reached the end: pages dirtied behind it are known only after a sync. */
  private endOfBitmap(): void {
    if (this.context.memory.dirtyPages === 0) this.syncBitmap();
    this.beginPass();
    if (!this.finished) this.iterate();
  }

  /** migration_update_counters and migration_rate_limit; true when the thread sleeps. */
  private measure(): boolean {
    const { timers, parameters, settings } = this.context;
    const windowNs = nsFromMs(parameters.modern.bufferDelayMs);
    const elapsed = timers.nowNs - this.windowStartNs;
    if (elapsed >= windowNs) {
      this.believedBytesPerS = (this.windowWritten * 1e9) / elapsed;
      this.thresholdBytes = (this.believedBytesPerS * settings.downtimeLimitMs) / 1000;
      this.expectedDowntimeMs =
        this.believedBytesPerS > 0 ? (this.remainingBytes * 1000) / this.believedBytesPerS : null;
      this.windowStartNs = timers.nowNs;
      this.windowWritten = 0;
    } else if (this.windowWritten >= this.windowBytes) {
      this.run(this.windowStartNs + windowNs - timers.nowNs, () => {
        this.iterate();
      });
      return true;
    }
    return false;
  }

  private complete(): void {
    const { parameters } = this.context;
    this.run(this.cpuNs(nsFromMs(parameters.stopMs)), () => {
      this.stopGuest();
      this.syncBitmap();
      this.beginPass();
      this.saveRest();
    });
  }

  /** migration_completion: everything that remains, without a rate limit, then the devices. */
  private saveRest(): void {
    const { parameters } = this.context;
    let bytes = 0;
    let us = 0;
    while (bytes < parameters.modern.ioBufferBytes) {
      const more = this.saveNext(ZERO_PAGES_PER_STEP);
      if (more === 0) break;
      bytes += more;
      us += this.pageTimeUs();
    }
    const last = this.context.memory.dirtyPages === 0;
    if (last) {
      const deviceState = parameters.deviceStateKiB * 1024;
      this.transferredBytes += deviceState;
      bytes += deviceState;
    }
    this.run(this.cpuNs(us * 1000), () => {
      this.write(bytes, () => {
        if (last) this.sourceCompleted();
        else this.saveRest();
      });
    });
  }

  private pageTimeUs(): number {
    const { pageCopyUs, zeroPageUs } = this.context.parameters.modern;
    return this.lastWasZero ? this.lastPages * zeroPageUs : this.lastPages * pageCopyUs;
  }

  /** write(2) on a blocking socket. */
  private write(bytes: number, then: () => void): void {
    this.unwritten = bytes;
    this.afterWrite = then;
    this.resumeWrite();
  }

  private resumeWrite(): void {
    const then = this.afterWrite;
    if (then === undefined) return;
    while (this.unwritten > 0) {
      const taken = this.context.stream.write(this.unwritten);
      if (taken === 0) return;
      this.unwritten -= taken;
      this.windowWritten += taken;
    }
    this.afterWrite = undefined;
    then();
  }
}
