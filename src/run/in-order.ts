/**
 * Does the work of each item, up to `atOnce` at a time, and yields the results in the order of the items,
 * whichever ends first. Later items wait while results are not taken, so that these never pile up; with one
 * at a time, each result is dealt with before the next item is begun.
 *
 * Once it is the turn of an item whose work threw, or the results are no longer wanted, no further item is
 * begun, and what is in progress is waited for.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const places = new Places(atOnce);
  const queue = [...items];
  const begun: Promise<R>[] = [];
  const begin = (count: number): void => {
    for (const item of queue.splice(0, count)) {
      const result = places.hold(() => work(item));
      // It is looked at when its turn comes; until then a rejection must not count as unhandled.
      result.catch(() => undefined);
      begun.push(result);
    }
  };
  // Enough that no place stays empty while the consumer is busy with a result.
  begin(atOnce + 2 * (atOnce - 1));
  try {
    for (let first = begun.shift(); first !== undefined; first = begun.shift()) {
      yield await first;
      begin(1);
    }
  } finally {
    places.close();
    await Promise.allSettled(begun);
  }
}

/** A number of places to work at; who finds none free waits for its turn. */
class Places {
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(private free: number) {}

  async hold<R>(work: () => Promise<R>): Promise<R> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      if (this.#closed) throw new Error("not begun: the results are no longer wanted");
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }

  /** Whoever still waits throws instead of working. */
  close(): void {
    this.#closed = true;
  }
}
