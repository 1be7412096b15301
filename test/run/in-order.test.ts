import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { inOrder } from "../../src/run/in-order.js";

/** Work that ends when it is told to, and what is begun and over of it. */
class Bench {
  readonly begun: number[] = [];
  readonly #ends = new Map<number, { end: (result: string) => void; fail: (error: Error) => void }>();

  readonly work = (item: number): Promise<string> => {
    this.begun.push(item);
    return new Promise((end, fail) => this.#ends.set(item, { end, fail }));
  };

  async end(item: number): Promise<void> {
    this.#ends.get(item)?.end(`result ${item}`);
    await turn();
  }

  async fail(item: number): Promise<void> {
    this.#ends.get(item)?.fail(new Error(`no ${item}`));
    await turn();
  }
}

const ten = Array.from({ length: 10 }, (_, item) => item);

describe("results in order", () => {
  it("come in the order of the items, whichever ends first, never more at once than allowed", async () => {
    let active = 0;
    let most = 0;
    const results: number[] = [];
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, ++active);
      // Later items end sooner.
      for (let turns = 0; turns < 30 - 3 * item; turns++) await turn();
      active--;
      return item;
    };
    for await (const result of inOrder(ten, 3, work)) results.push(result);
    expect(results).toEqual(ten);
    expect(most).toBe(3);
  });

  it("are each dealt with before the next item is begun, with one at a time", async () => {
    const story: string[] = [];
    const work = (item: number) => {
      story.push(`begin ${item}`);
      return Promise.resolve(item);
    };
    for await (const item of inOrder([0, 1, 2], 1, work)) {
      await turn();
      story.push(`deal with ${item}`);
    }
    expect(story).toEqual([0, 1, 2].flatMap((item) => [`begin ${item}`, `deal with ${item}`]));
  });

  it("never pile up: later items wait for the first result to be taken", async () => {
    const bench = new Bench();
    const results = inOrder(ten, 2, bench.work);
    const first = results.next();
    await turn();
    for (const item of ten.slice(1)) await bench.end(item);
    expect(bench.begun).toEqual([0, 1, 2, 3]);
    await bench.end(0);
    expect(await first).toEqual({ done: false, value: "result 0" });
    await results.return();
  });

  it("end with an error when its turn comes; nothing further is begun, and what is in progress is waited for", async () => {
    const bench = new Bench();
    const results = inOrder(ten, 2, bench.work);
    let thrown: unknown;
    const first = results.next().catch((error: unknown) => (thrown = error));
    await turn();
    await bench.fail(0);
    await bench.fail(1);
    expect(bench.begun).toEqual([0, 1, 2]);
    expect(thrown).toBeUndefined();
    await bench.end(2);
    await first;
    expect(thrown).toEqual(new Error("no 0"));
    expect(bench.begun).toEqual([0, 1, 2]);
  });

  it("are none of no items", async () => {
    const results = inOrder([], 4, () => Promise.resolve(1));
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });
});
