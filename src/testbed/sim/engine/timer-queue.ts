/** What a timer wakes. */
export interface TimerHandler {
  expire(): void;
}

export type TimerId = number & { readonly __timer: unique symbol };

const NANOSECONDS_PER_MS = 1e6;

/** Simulated time is a whole number of nanoseconds, as ktime_t is; a double holds 104 days of them exactly. */
export const nsFromMs = (ms: number): number => Math.round(ms * NANOSECONDS_PER_MS);
export const msFromNs = (ns: number): number => ns / NANOSECONDS_PER_MS;

/**
 * The event queue. Like the kernel's hrtimers, every component owns its timers and re-arms them: a link
 * with a thousand packets in it holds one armed timer, that of the packet at its head. The queue is
 * therefore a small indexed 4-ary heap over typed arrays, and nothing is allocated for an event.
 *
 * Timers due at the same nanosecond expire in the order in which they were armed, so that a run is the
 * same sequence of events everywhere.
 */
export class TimerQueue {
  /** Time of the event in progress, ns. Never decreases. */
  nowNs = 0;
  /** Events carried out so far. */
  expired = 0;

  private readonly handlers: TimerHandler[] = [];
  private atNs = new Float64Array(64);
  private order = new Float64Array(64);
  /** Place in the heap by timer, -1 when not armed. */
  private place = new Int32Array(64).fill(-1);
  private heap = new Int32Array(64);
  private size = 0;
  private armings = 0;
  /** The timer whose handler runs; it keeps the root of the heap until the handler returns. */
  private expiring = -1;
  private rearmedAtNs = -1;

  add(handler: TimerHandler): TimerId {
    const id = this.handlers.push(handler) - 1;
    if (id >= this.atNs.length) this.grow();
    return id as TimerId;
  }

  /** (Re-)arms a timer. A time in the past means now. */
  arm(timer: TimerId, atNs: number): void {
    const at = atNs > this.nowNs ? atNs : this.nowNs;
    if (timer === this.expiring) {
      this.rearmedAtNs = at;
      return;
    }
    const heapPlace = this.place[timer] ?? -1;
    const earlier = heapPlace >= 0 && at < (this.atNs[timer] ?? 0);
    this.atNs[timer] = at;
    this.order[timer] = this.armings++;
    if (heapPlace < 0) {
      this.heap[this.size] = timer;
      this.place[timer] = this.size;
      this.siftUp(this.size++);
    } else if (earlier) this.siftUp(heapPlace);
    else this.siftDown(heapPlace);
  }

  cancel(timer: TimerId): void {
    if (timer === this.expiring) {
      this.rearmedAtNs = -1;
      return;
    }
    const heapPlace = this.place[timer] ?? -1;
    if (heapPlace >= 0) this.removeAt(heapPlace);
  }

  isArmed(timer: TimerId): boolean {
    return timer === this.expiring ? this.rearmedAtNs >= 0 : (this.place[timer] ?? -1) >= 0;
  }

  /** Carries out every event due up to and including `untilNs`, and leaves the clock there. */
  runUntil(untilNs: number): void {
    while (this.size > 0 && (this.atNs[this.heap[0] ?? 0] ?? 0) <= untilNs) this.step();
    if (untilNs > this.nowNs) this.nowNs = untilNs;
  }

  /** Carries out events until `done` holds or `untilNs` is reached; says whether `done` held. */
  runWhile(waiting: () => boolean, untilNs: number): boolean {
    while (waiting()) {
      if (this.size === 0 || (this.atNs[this.heap[0] ?? 0] ?? 0) > untilNs) {
        if (untilNs > this.nowNs) this.nowNs = untilNs;
        return false;
      }
      this.step();
    }
    return true;
  }

  private step(): void {
    const timer = this.heap[0] ?? 0;
    this.nowNs = this.atNs[timer] ?? 0;
    this.expired++;
    this.expiring = timer;
    this.rearmedAtNs = -1;
    this.handlers[timer]?.expire();
    this.expiring = -1;
    if (this.rearmedAtNs >= 0) {
      this.atNs[timer] = this.rearmedAtNs;
      this.order[timer] = this.armings++;
      this.siftDown(0);
    } else this.removeAt(0);
  }

  private removeAt(heapPlace: number): void {
    this.place[this.heap[heapPlace] ?? 0] = -1;
    const last = this.heap[--this.size] ?? 0;
    if (heapPlace === this.size) return;
    this.heap[heapPlace] = last;
    this.place[last] = heapPlace;
    this.siftUp(heapPlace);
    this.siftDown(this.place[last] ?? 0);
  }

  private before(a: number, b: number): boolean {
    const atA = this.atNs[a] ?? 0;
    const atB = this.atNs[b] ?? 0;
    return atA < atB || (atA === atB && (this.order[a] ?? 0) < (this.order[b] ?? 0));
  }

  private siftUp(from: number): void {
    const { heap, place } = this;
    const timer = heap[from] ?? 0;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const other = heap[parent] ?? 0;
      if (!this.before(timer, other)) break;
      heap[at] = other;
      place[other] = at;
      at = parent;
    }
    heap[at] = timer;
    place[timer] = at;
  }

  private siftDown(from: number): void {
    const { heap, place, size } = this;
    const timer = heap[from] ?? 0;
    let at = from;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= size) break;
      let least = first;
      const end = first + 4 < size ? first + 4 : size;
      for (let child = first + 1; child < end; child++) {
        if (this.before(heap[child] ?? 0, heap[least] ?? 0)) least = child;
      }
      const other = heap[least] ?? 0;
      if (!this.before(other, timer)) break;
      heap[at] = other;
      place[other] = at;
      at = least;
    }
    heap[at] = timer;
    place[timer] = at;
  }

  private grow(): void {
    const capacity = this.atNs.length * 2;
    const atNs = new Float64Array(capacity);
    atNs.set(this.atNs);
    const order = new Float64Array(capacity);
    order.set(this.order);
    const place = new Int32Array(capacity).fill(-1);
    place.set(this.place);
    const heap = new Int32Array(capacity);
    heap.set(this.heap);
    Object.assign(this, { atNs, order, place, heap });
  }
}
