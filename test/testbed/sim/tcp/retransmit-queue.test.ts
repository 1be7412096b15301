import { describe, expect, it } from "vitest";
import { RetransmitQueue } from "../../../../src/testbed/sim/tcp/retransmit-queue.js";

const MS = 1e6;

/** Skbs of one segment each, sent a millisecond apart from 0 on. */
function sent(count: number): RetransmitQueue {
  const queue = new RetransmitQueue();
  for (let skb = 0; skb < count; skb++) queue.push(1448, 1, 0, skb * MS);
  return queue;
}

interface Acknowledgement {
  readonly ack: number;
  /** SACK block, past its end `to`; the last skb of it came last. */
  readonly from?: number;
  readonly to?: number;
}

function acknowledge(queue: RetransmitQueue, atMs: number, { ack, from = 0, to = 0 }: Acknowledgement): void {
  queue.acknowledge(ack, from, to, to - 1, atMs * MS);
  queue.newlyLost = 0;
  queue.markLost();
}

describe("RACK's clock (RFC 8985 section 6.2, tcp_rack_advance)", () => {
  it("marks lost, by the duplicate threshold, what lies three below the highest SACKed skb", () => {
    const queue = sent(10);
    acknowledge(queue, 100, { ack: 0, from: 1, to: 2 });
    acknowledge(queue, 101, { ack: 0, from: 1, to: 3 });
    expect(queue.newlyLost).toBe(0);
    acknowledge(queue, 102, { ack: 0, from: 1, to: 4 });
    expect([queue.newlyLost, queue.nextLost()]).toEqual([1, 0]);
  });

  it("finds a retransmission lost again once something sent after it is delivered", () => {
    const queue = sent(10);
    acknowledge(queue, 102, { ack: 0, from: 1, to: 4 });
    queue.retransmit(0, 103 * MS);
    expect([queue.nextLost(), queue.retransOut]).toEqual([-1, 1]);
    // Sent before the retransmission: says nothing about it.
    acknowledge(queue, 150, { ack: 0, from: 1, to: 10 });
    expect([queue.newlyLost, queue.retransOut]).toEqual([0, 1]);
    queue.push(1448, 1, 0, 104 * MS);
    acknowledge(queue, 204, { ack: 0, from: 1, to: 11 });
    expect([queue.newlyLost, queue.nextLost(), queue.retransOut]).toEqual([1, 0, 0]);
  });

  it("is moved by a delivered retransmission too, so that an earlier one lost again is found without new data", () => {
    const queue = sent(10);
    acknowledge(queue, 102, { ack: 0, from: 2, to: 10 });
    expect(queue.lostOut).toBe(2);
    queue.retransmit(0, 110 * MS);
    queue.retransmit(1, 111 * MS);
    // Of the two only the second arrives, 100 ms after it was sent.
    acknowledge(queue, 211, { ack: 0, from: 1, to: 2 });
    expect([queue.newlyLost, queue.nextLost()]).toEqual([1, 0]);
  });

  it("is not moved by a retransmission acknowledged sooner than any RTT yet: the first copy was", () => {
    const queue = sent(10);
    acknowledge(queue, 102, { ack: 0, from: 2, to: 10 });
    queue.retransmit(0, 110 * MS);
    queue.retransmit(1, 111 * MS);
    acknowledge(queue, 112, { ack: 0, from: 1, to: 2 });
    expect([queue.newlyLost, queue.nextLost(), queue.retransOut]).toEqual([0, -1, 1]);
  });

  it("gives no RTT sample of an skb that was sent twice (Karn's rule)", () => {
    const queue = sent(4);
    for (const to of [2, 3, 4]) acknowledge(queue, 99 + to, { ack: 0, from: 1, to });
    expect(queue.rttNs).toBe(100 * MS);
    queue.retransmit(0, 104 * MS);
    acknowledge(queue, 204, { ack: 4 });
    expect([queue.rttNs, queue.newlyAckedSegments, queue.packetsOut]).toEqual([0, 4, 0]);
  });
});
