import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/testbed/sim/engine/random.js";
import { TimerQueue } from "../../../src/testbed/sim/engine/timer-queue.js";
import { Network } from "../../../src/testbed/sim/link/network.js";
import { type LinkSettings, ShapedLink } from "../../../src/testbed/sim/link/shaped-link.js";
import { FRAME, link } from "./bulk-flow.js";

/** A link with a source that sends when it is told, and a sink that keeps arrival times. */
function setUp(settings: Partial<LinkSettings>) {
  const timers = new TimerQueue();
  const network = new Network(timers);
  const shaped = new ShapedLink(network, link(settings));
  const arrivals: { sequence: number; atNs: number }[] = [];
  const path = network.path([shaped], {
    receive: (packet) => {
      arrivals.push({ sequence: network.packets.sequence[packet] ?? -1, atNs: timers.nowNs });
      network.packets.giveBack(packet);
    },
  });
  let sent = 0;
  const send = (bytes: number): void => {
    const packet = network.packets.take();
    network.packets.wireBytes[packet] = bytes;
    network.packets.segments[packet] = 1;
    network.packets.sequence[packet] = sent++;
    network.send(packet, path);
  };
  const sendAt = (timesNs: readonly number[], bytes: number): void => {
    let next = 0;
    const timer = timers.add({
      expire: () => {
        send(bytes);
        const at = timesNs[++next];
        if (at !== undefined) timers.arm(timer, at);
      },
    });
    timers.arm(timer, timesNs[0] ?? 0);
  };
  return { timers, network, shaped, arrivals, send, sendAt };
}

describe("ShapedLink", () => {
  it("delays a packet by netem's delay and nothing else when the bucket is full", () => {
    const { timers, arrivals, send } = setUp({ delayMs: 20, rateBps: 350e6 });
    send(FRAME);
    timers.runUntil(1e9);
    expect(arrivals).toEqual([{ sequence: 0, atNs: 20e6 }]);
  });

  it.each([60e6, 175e6, 350e6])("passes a token bucket's rate in the long run: %d bit/s", (rateBps) => {
    const { timers, shaped, send } = setUp({ rateBps, burstBytes: 15_140 });
    const packets = 2000;
    for (let i = 0; i < packets; i++) send(FRAME);
    const expectedNs = ((packets * FRAME - 15_140) * 8e9) / rateBps;
    timers.runUntil(Math.ceil(expectedNs) + packets);
    expect(shaped.delivered).toBe(packets);
    const early = setUp({ rateBps, burstBytes: 15_140 });
    for (let i = 0; i < packets; i++) early.send(FRAME);
    early.timers.runUntil(expectedNs * 0.999);
    expect(early.shaped.delivered).toBeLessThan(packets);
  });

  it("lets one burst through at once", () => {
    const { timers, shaped, send } = setUp({ rateBps: 1e6, burstBytes: 10 * FRAME });
    for (let i = 0; i < 20; i++) send(FRAME);
    timers.runUntil(0);
    expect(shaped.delivered).toBe(10);
  });

  it("loses rate to a late watchdog when the bucket holds one frame: 219 of 350 Mbit/s with 1600 B", () => {
    const { timers, shaped, send } = setUp({ rateBps: 350e6, burstBytes: 1600, watchdogLatencyNs: 21_000 });
    for (let i = 0; i < 20_000; i++) send(FRAME);
    timers.runUntil(1e9);
    expect((shaped.deliveredBytes * 8) / 1e6).toBeGreaterThan(205);
    expect((shaped.deliveredBytes * 8) / 1e6).toBeLessThan(230);
  });

  it("covers delay line and backlog with one limit, so a full queue delays by limit/rate whatever the delay", () => {
    for (const delayMs of [20, 50, 100, 150]) {
      const { timers, arrivals, sendAt } = setUp({ rateBps: 60e6, delayMs, limitPackets: 1000 });
      // Twice the rate for two seconds: the queue is full, and each packet waits for the 999 before it.
      const gapNs = (FRAME * 8e9) / 120e6;
      const times = Array.from({ length: 19_000 }, (_, i) => Math.round(i * gapNs));
      sendAt(times, FRAME);
      timers.runUntil(3e9);
      const last = arrivals.at(-1);
      const waitedMs = ((last?.atNs ?? 0) - (times[last?.sequence ?? 0] ?? 0)) / 1e6;
      expect(waitedMs).toBeGreaterThan(201);
      expect(waitedMs).toBeLessThan(203);
    }
  });

  it("waits as M/D/1 does: rho / (2 (1 - rho)) service times on average", () => {
    const rateBps = 100e6;
    const serviceNs = (FRAME * 8e9) / rateBps;
    const rho = 0.7;
    const random = new Random(7);
    const times: number[] = [];
    // A Poisson process; logarithms are fine here, they stay in the test.
    for (let at = 0; times.length < 200_000;) {
      at += (-Math.log(1 - random.unit()) * serviceNs) / rho;
      times.push(Math.round(at));
    }
    // A bucket of exactly one frame is a deterministic server that starts with its service already done.
    const { timers, arrivals, sendAt } = setUp({ rateBps, burstBytes: FRAME });
    sendAt(times, FRAME);
    timers.runUntil((times.at(-1) ?? 0) + 1e9);
    const waits = arrivals.map(({ sequence, atNs }) => atNs - (times[sequence] ?? 0));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    // Leaving when the tokens are there hides the packet's own service: what is left is its wait in the queue.
    expect(mean / serviceNs).toBeCloseTo(rho / (2 * (1 - rho)), 1);
  });

  it("conserves packets, keeps their order and never holds more than its limit", () => {
    fc.assert(
      fc.property(
        fc.record({
          limitPackets: fc.integer({ min: 1, max: 50 }),
          rateMbit: fc.integer({ min: 1, max: 400 }),
          delayMs: fc.integer({ min: 0, max: 20 }),
          gapsUs: fc.array(fc.nat(500), { minLength: 1, maxLength: 300 }),
          downAtMs: fc.option(fc.integer({ min: 0, max: 50 })),
        }),
        ({ limitPackets, rateMbit, delayMs, gapsUs, downAtMs }) => {
          const { timers, network, shaped, arrivals, sendAt } = setUp({
            limitPackets,
            rateBps: rateMbit * 1e6,
            delayMs,
          });
          let at = 0;
          sendAt(
            gapsUs.map((us) => (at += us * 1000)),
            FRAME,
          );
          if (downAtMs !== null) {
            timers.runUntil(downAtMs * 1e6);
            shaped.setDown();
            expect(shaped.queuedPackets).toBe(0);
          }
          timers.runUntil(at + 60e9);
          expect(shaped.longest).toBeLessThanOrEqual(limitPackets);
          expect(shaped.enqueued).toBe(gapsUs.length);
          expect(shaped.delivered + shaped.dropped).toBe(shaped.enqueued);
          expect(arrivals).toHaveLength(shaped.delivered);
          expect(network.packets.inNetwork).toBe(0);
          const order = arrivals.map(({ sequence }) => sequence);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        },
      ),
    );
  });
});
