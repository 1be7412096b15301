import { nsFromMs, type TimerId } from "../engine/timer-queue.js";
import { PAGE_BYTES } from "../guest/memory.js";
import { Hypervisor, type HypervisorContext } from "./hypervisor.js";

/** Zero pages looked at in one event of the simulation; the time they take is exact. */
const ZERO_PAGES_PER_STEP = 256;

/**
 * QEMU 1.0's live migration, as migration.c, buffered_file.c and arch_init.c (ram_save_live) had it.
 *
 * Everything happens in the main loop. A timer ticks every 100 ms and allows max-bandwidth/10 bytes; what
 * the socket doesn't take stays in a buffer (`freeze_output`), and nothing more is produced until that
 * has drained. After each round ram_save_live divides the bytes it produced by the time that *copying*
 * took and believes the result to be the bandwidth: remaining / bandwidth ≤ downtime limit then stops
 * the guest with 30 ms worth of memory copying left, 15 to 20 MB, which go out at the path's real rate.
 */
export class Qemu10 extends Hypervisor {
  private readonly tick: TimerId;
  private readonly cpu: TimerId;
  private readonly limitBytes: number;

  private afterCpu: () => void = () => undefined;
  private busy = false;
  private tickPending = false;
  private writablePending = false;
  private frozen = false;
  private closing = false;
  /** QEMUFileBuffered: bytes produced that the socket hasn't taken. */
  private buffered = 0;
  private transferredInTick = 0;
  /** QEMUFile's own buffer of IO_BUF_SIZE. */
  private ioBuffer = 0;
  private roundStartNs = 0;
  private roundBytes = 0;

  constructor(context: HypervisorContext) {
    super(context);
    this.tick = context.timers.add({
      expire: () => {
        this.rateTick();
      },
    });
    this.cpu = context.timers.add({
      expire: () => {
        this.afterCpu();
      },
    });
    const { maxBandwidthBytesPerS } = context.settings;
    const ticksPerS = 1000 / context.parameters["qemu-1.0"].tickMs;
    this.limitBytes = maxBandwidthBytesPerS === 0 ? Infinity : maxBandwidthBytesPerS / ticksPerS;
    context.stream.onWritable = () => {
      this.putNotify();
    };
  }

  /** migrate_fd_connect: stage 1, then the first round. */
  connected(): void {
    this.busy = true;
    this.run(this.setupTimeNs(this.context.parameters["qemu-1.0"].setupMs), () => {
      this.context.guestWrites();
      this.context.memory.beginDirtyLog();
      this.setupNs = this.context.timers.nowNs - this.startNs;
      this.status = "active";
      this.beginPass();
      this.armTick();
      this.putReady();
    });
  }

  protected halt(): void {
    this.context.timers.cancel(this.tick);
    this.context.timers.cancel(this.cpu);
    this.afterCpu = () => undefined;
    this.context.stream.onWritable = () => undefined;
  }

  private run(ns: number, then: () => void): void {
    this.afterCpu = then;
    this.context.timers.arm(this.cpu, this.context.timers.nowNs + ns);
  }

  private armTick(): void {
    const { timers, parameters } = this.context;
    timers.arm(this.tick, timers.nowNs + nsFromMs(parameters["qemu-1.0"].tickMs));
  }

  /** buffered_rate_tick. The main loop serves it when it is free. */
  private rateTick(): void {
    if (this.busy) {
      this.tickPending = true;
      return;
    }
    this.armTick();
    if (this.frozen) return;
    this.transferredInTick = 0;
    this.flush();
    this.putReady();
  }

  /** migrate_fd_put_notify: the socket is writable again. */
  private putNotify(): void {
    if (!this.frozen) return;
    if (this.busy) {
      this.writablePending = true;
      return;
    }
    this.frozen = false;
    this.flush();
    if (this.closing) {
      if (this.buffered === 0) this.sourceCompleted();
      return;
    }
    if (this.transferredInTick <= this.limitBytes) this.putReady();
  }

  /** migrate_fd_put_ready: a round of qemu_savevm_state_iterate. */
  private putReady(): void {
    this.busy = true;
    this.syncBitmap();
    this.roundStartNs = this.context.timers.nowNs;
    this.roundBytes = 0;
    this.save();
  }

  /** ram_save_live's loop, up to one IO buffer at a time. */
  private save(): void {
    if (this.rateLimited) {
      this.endRound();
      return;
    }
    const { pageCopyUs, zeroPageUs, ioBufferBytes } = this.context.parameters["qemu-1.0"];
    let us = 0;
    let zeroPages = 0;
    let exhausted = false;
    while (this.ioBuffer < ioBufferBytes && zeroPages < ZERO_PAGES_PER_STEP) {
      let bytes = this.saveNext(ZERO_PAGES_PER_STEP - zeroPages);
      if (bytes === 0 && this.context.memory.dirtyPages > 0) {
        this.beginPass();
        if (this.finished) return;
        bytes = this.saveNext(ZERO_PAGES_PER_STEP - zeroPages);
      }
      if (bytes === 0) {
        exhausted = true;
        break;
      }
      this.ioBuffer += bytes;
      if (this.lastWasZero) {
        zeroPages += this.lastPages;
        us += this.lastPages * zeroPageUs;
        // ram_save_block returns 1 for a page of one repeated byte.
        this.roundBytes += this.lastPages;
      } else {
        us += pageCopyUs;
        this.roundBytes += PAGE_BYTES;
      }
    }
    this.run(this.cpuNs(us * 1000), () => {
      if (this.ioBuffer >= ioBufferBytes) this.putBuffer();
      if (exhausted) this.endRound();
      else this.save();
    });
  }

  /** buffered_rate_limit. */
  private get rateLimited(): boolean {
    return this.frozen || this.transferredInTick > this.limitBytes;
  }

  /** End of ram_save_live: is what remains worth no more than the downtime limit, at the speed of copying? */
  private endRound(): void {
    const { timers, settings } = this.context;
    const elapsedNs = timers.nowNs - this.roundStartNs;
    const bandwidth = elapsedNs > 0 && this.roundBytes > 0 ? this.roundBytes / elapsedNs : 0.000001;
    this.believedBytesPerS = bandwidth * 1e9;
    this.expectedDowntimeMs = this.remainingBytes / bandwidth / 1e6;
    if (this.expectedDowntimeMs <= settings.downtimeLimitMs) {
      this.complete();
      return;
    }
    this.busy = false;
    if (this.writablePending) {
      this.writablePending = false;
      this.putNotify();
    }
    // Still pending if that began another round: the next end of a round serves it.
    if (this.tickPending) this.servePendingTick();
  }

  private servePendingTick(): void {
    if (this.busy) return;
    this.tickPending = false;
    this.rateTick();
  }

  /** Stage 3: stop the guest, put everything that remains into the buffer, then write until it is gone. */
  private complete(): void {
    const { parameters, timers } = this.context;
    timers.cancel(this.tick);
    this.run(this.cpuNs(nsFromMs(parameters.stopMs)), () => {
      this.stopGuest();
      this.syncBitmap();
      let us = 0;
      this.beginPass();
      for (
        let bytes = this.saveNext(ZERO_PAGES_PER_STEP);
        bytes > 0;
        bytes = this.saveNext(ZERO_PAGES_PER_STEP)
      ) {
        this.ioBuffer += bytes;
        us += this.lastWasZero
          ? this.lastPages * parameters["qemu-1.0"].zeroPageUs
          : parameters["qemu-1.0"].pageCopyUs;
      }
      const deviceState = parameters.deviceStateKiB * 1024;
      this.transferredBytes += deviceState;
      this.ioBuffer += deviceState;
      this.run(this.cpuNs(us * 1000), () => {
        // buffered_close: flush, wait for the socket, flush again. No rate limit any more.
        this.closing = true;
        this.busy = false;
        this.buffered += this.ioBuffer;
        this.ioBuffer = 0;
        this.frozen = false;
        this.flush();
        if (this.buffered === 0) this.sourceCompleted();
      });
    });
  }

  /** buffered_put_buffer. */
  private putBuffer(): void {
    this.frozen = false;
    this.flush();
    let left = this.ioBuffer;
    this.ioBuffer = 0;
    while (!this.frozen && left > 0 && this.transferredInTick <= this.limitBytes) {
      const taken = this.context.stream.write(left);
      if (taken === 0) this.frozen = true;
      left -= taken;
      this.transferredInTick += taken;
    }
    this.buffered += left;
  }

  /** buffered_flush. */
  private flush(): void {
    while (this.buffered > 0) {
      const taken = this.context.stream.write(this.buffered);
      if (taken === 0) {
        this.frozen = true;
        return;
      }
      this.buffered -= taken;
    }
  }
}
