import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cubic, integerCubeRoot } from "../../../src/testbed/sim/tcp/cubic.js";
import { Reno } from "../../../src/testbed/sim/tcp/congestion-control.js";
import { BulkFlow, FRAME, MSS } from "./bulk-flow.js";

const goodputMbit = (flow: BulkFlow, overMs: number): number => {
  const before = flow.receiver.readBytes;
  flow.run(overMs);
  return ((flow.receiver.readBytes - before) * 8) / overMs / 1000;
};

describe("slow start", () => {
  it("doubles the segments of each round from the initial window of 10 (RFC 5681, RFC 6928)", () => {
    const flow = new BulkFlow({ forward: { delayMs: 100 }, back: {}, congestion: new Reno() });
    const perRound: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = flow.sender.segmentsSent;
      // Delayed acknowledgements are off while the first 16 are sent at once; each round lasts one RTT.
      flow.sender.transmit();
      flow.timers.runUntil(round * 100e6 + 50e6);
      perRound.push(flow.sender.segmentsSent - before);
    }
    expect(perRound).toEqual([10, 20, 40, 80, 160]);
  });
});

describe("throughput", () => {
  it("is window / RTT where the receive window binds", () => {
    const flow = new BulkFlow({
      forward: { delayMs: 100, rateBps: 350e6, limitPackets: 100_000 },
      back: {},
      lockedWindowBytes: 65_536,
    });
    flow.run(5000);
    // Whole segments only: 45 of 1448 B fit into 64 KiB.
    expect(goodputMbit(flow, 10_000)).toBeCloseTo((45 * MSS * 8) / 100 / 1000, 1);
  });

  it("is the link's goodput where the window exceeds the bandwidth-delay product", () => {
    const flow = new BulkFlow({
      forward: { delayMs: 20, rateBps: 100e6, limitPackets: 400 },
      back: {},
    });
    flow.run(10_000);
    const ceiling = (100 * MSS) / FRAME;
    const goodput = goodputMbit(flow, 20_000);
    expect(goodput).toBeLessThanOrEqual(ceiling * 1.001);
    expect(goodput).toBeGreaterThan(ceiling * 0.98);
  });

  it("is netem's limit / delay where that is the tighter bound", () => {
    const flow = new BulkFlow({
      forward: { delayMs: 150, rateBps: 350e6, limitPackets: 1000 },
      back: {},
    });
    flow.run(10_000);
    const goodput = goodputMbit(flow, 60_000);
    const ceiling = (1000 * MSS * 8) / 150 / 1000;
    expect(goodput).toBeLessThanOrEqual(ceiling);
    // CUBIC moves between 0.7 and 1 of it.
    expect(goodput).toBeGreaterThan(0.7 * ceiling);
  });
});

describe("loss recovery", () => {
  it("delivers every byte in order through any queue, with SACK and without hanging", () => {
    fc.assert(
      fc.property(
        fc.record({
          limitPackets: fc.integer({ min: 2, max: 200 }),
          ackLimit: fc.integer({ min: 2, max: 50 }),
          delayMs: fc.integer({ min: 1, max: 100 }),
          rateMbit: fc.integer({ min: 1, max: 100 }),
          gsoSegments: fc.constantFrom(1, 8),
          segments: fc.integer({ min: 1, max: 2000 }),
        }),
        ({ limitPackets, ackLimit, delayMs, rateMbit, gsoSegments, segments }) => {
          const flow = new BulkFlow({
            forward: { delayMs, rateBps: rateMbit * 1e6, limitPackets },
            back: { rateBps: 1e6, limitPackets: ackLimit },
            gsoSegments,
            bytes: segments * MSS,
          });
          flow.run(600_000);
          expect(flow.receiver.readBytes).toBe(segments * MSS);
          const { queue } = flow.sender;
          expect([queue.packetsOut, queue.sackedOut, queue.lostOut, queue.retransOut]).toEqual([0, 0, 0, 0]);
          expect(flow.network.packets.inNetwork).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("reduces the window to 717/1024 once in a recovery", () => {
    const cubic = new Cubic();
    expect(cubic.ssthreshAfterLoss(1000)).toBe(700);
    expect(new Reno().ssthreshAfterLoss(1000)).toBe(500);
  });
});

describe("CUBIC", () => {
  it("takes integer cube roots exactly", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 17), (root) => {
        expect(integerCubeRoot(root ** 3)).toBe(root);
        if (root > 1) expect(integerCubeRoot(root ** 3 - 1)).toBe(root - 1);
      }),
    );
  });

  it("needs K = cube root of (W_max - W) / C seconds back to W_max (RFC 9438, equation 2)", () => {
    for (const wMax of [100, 1000, 4000]) {
      const cubic = new Cubic();
      const w = cubic.ssthreshAfterLoss(wMax);
      cubic.increaseEvery(w, 1, 1e9);
      const k = Math.cbrt((wMax - w) / 0.4);
      expect(cubic.k / 1024).toBeCloseTo(k, 1);
    }
  });

  it("is back at W_max after K and convex beyond", () => {
    const cubic = new Cubic();
    let cwnd = cubic.ssthreshAfterLoss(1000);
    cubic.increaseEvery(cwnd, 1, 1e9);
    const windows: number[] = [];
    let count = 0;
    for (let ms = 0; ms <= 16_000; ms += 1) {
      // Ten acknowledgements of ten segments each hundredth of a second: a long path, well fed.
      const every = cubic.increaseEvery(cwnd, 10, 1e9 + ms * 1e6);
      count += 10;
      while (count >= every) {
        count -= every;
        cwnd++;
      }
      windows.push(cwnd);
    }
    const k = Math.round(cubic.k * (1000 / 1024));
    expect(windows[k]).toBeGreaterThan(985);
    expect(windows[k]).toBeLessThan(1020);
    const growth = (from: number, to: number): number => (windows[to] ?? 0) - (windows[from] ?? 0);
    expect(growth(k + 3000, k + 5000)).toBeGreaterThan(growth(k, k + 2000));
  });
});
