import { describe, expect, it } from "vitest";
import { WriteQueue } from "../../../../src/testbed/sim/tcp/write-queue.js";
import { MSS } from "../bulk-flow.js";

const SKB_SEGMENTS = 45;
const SKB = SKB_SEGMENTS * MSS;
const LIMIT = 10 * SKB;

function writeQueue(gsoSegments = SKB_SEGMENTS): WriteQueue {
  const options = { mssBytes: MSS, gsoSegments, wmemDefaultBytes: LIMIT, wmemMaxBytes: LIMIT, overhead: 1 };
  return new WriteQueue(options, () => undefined);
}

/** A blocking write that waits nowhere: how much of it goes in before it would. */
function write(queue: WriteQueue, bytes: number, afterEachSkb: () => void = () => undefined): number {
  let taken = 0;
  for (;;) {
    const more = queue.append(bytes - taken);
    taken += more;
    if (more === 0 || taken === bytes) return taken;
    afterEachSkb();
  }
}

describe("the send buffer", () => {
  it("takes up to tcp_wmem where nothing is sent, and an skb more where the last one begins below it", () => {
    expect(write(writeQueue(), 100 * SKB)).toBe(LIMIT);
    const queue = writeQueue();
    write(queue, LIMIT - 1);
    expect(write(queue, 100 * SKB)).toBe(1);
  });

  it("asks for room only where a new skb is needed: a tail left by tcp_push_one lets a writer past tcp_wmem", () => {
    const queue = writeQueue();
    // TSO autosizing sends 21 of 45 segments of each full skb.
    const taken = write(queue, 3 * LIMIT, () => void queue.take(21 * MSS));
    expect(taken).toBe(3 * LIMIT);
    expect(queue.heldBytes).toBe(3 * LIMIT);
    // The windows are full: the tail fills up, and the writer waits.
    expect(write(queue, LIMIT)).toBeLessThan(SKB);
    expect(write(queue, 1)).toBe(0);
  });

  it("holds to tcp_wmem where whole skbs are sent", () => {
    const queue = writeQueue();
    expect(write(queue, 3 * LIMIT, () => void queue.take(SKB))).toBe(LIMIT);
  });

  it("holds to tcp_wmem without segmentation offload, where an skb is a segment", () => {
    const queue = writeQueue(1);
    expect(write(queue, 3 * LIMIT, () => void queue.take(MSS))).toBe(LIMIT);
  });

  it("reports room when a third of it is free", () => {
    const queue = writeQueue();
    write(queue, LIMIT);
    queue.take(LIMIT);
    queue.acknowledged(LIMIT / 3 - 1, 10);
    expect(queue.writable).toBe(false);
    queue.acknowledged(1, 10);
    expect(queue.writable).toBe(true);
  });
});

describe("Nagle's algorithm (RFC 9293 section 3.7.4, tcp_nagle_check)", () => {
  it("sends a segment that is not full only while no other such is outstanding", () => {
    const queue = writeQueue();
    write(queue, MSS + 100);
    expect(queue.take(10 * MSS)).toBe(MSS + 100);
    write(queue, MSS + 100);
    expect(queue.take(10 * MSS)).toBe(MSS);
    expect(queue.take(10 * MSS)).toBe(0);
    queue.acknowledged(MSS + 100, 10);
    expect(queue.take(10 * MSS)).toBe(100);
  });

  it("sends the rest of a stream that has ended", () => {
    const queue = writeQueue();
    write(queue, 100);
    queue.take(MSS);
    write(queue, 100);
    expect(queue.take(MSS)).toBe(0);
    queue.finish();
    expect(queue.take(MSS)).toBe(100);
  });
});
