import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAME_BYTES, linkShaping } from "../../src/experiment/link-shaping.js";
import { shippedPlan } from "../run/fixtures.js";

const modern = (await shippedPlan({ profile: "modern" })).plan.profile.link;
const thesis = (await shippedPlan({ profile: "thesis-2014" })).plan.profile.link;

const knob = <T>(value: T) => ({ value, source: "test" });
const table44 = { rateBps: 350e6, rttMs: 20 };

describe("linkShaping", () => {
  it("shapes as the thesis-2014 profile says: whole delay on the sender's side, netem's default limit", () => {
    const { forward, backward } = linkShaping(table44, thesis);
    expect(forward).toEqual({
      rateBps: 350e6,
      delayMs: 20,
      limitPackets: 1000,
      burstBytes: 175_000,
      queueBytes: 2_187_500,
      rootQdisc: "tbf",
    });
    expect(backward).toEqual({ ...forward, delayMs: 0 });
  });

  it("shapes as the modern profile says: half of the delay each way, room for product and queue", () => {
    const { forward, backward } = linkShaping({ rateBps: 350e6, rttMs: 150 }, modern);
    // 350 Mbit/s × (75 ms of delay + 50 ms of queue) = 5 468 750 B.
    expect(forward).toMatchObject({ delayMs: 75, limitPackets: Math.ceil(5_468_750 / 1514) });
    expect(backward).toEqual(forward);
  });

  it("asks of tbf a burst of rate/HZ, but never less than ten frames", () => {
    const burst = (rateBps: number) => linkShaping({ rateBps, rttMs: 0 }, modern).forward.burstBytes;
    expect(burst(1e9)).toBe(500_000);
    expect(burst(60e6)).toBe(30_000);
    expect(burst(1e6)).toBe(15_140);
  });

  it("takes limits, bursts and order that a profile fixes as they are", () => {
    const fixed = {
      ...modern,
      limitPackets: knob(7),
      burstBytes: knob(1600),
      rootQdisc: knob("netem" as const),
    };
    expect(linkShaping(table44, fixed).forward).toMatchObject({
      limitPackets: 7,
      burstBytes: 1600,
      rootQdisc: "netem",
    });
  });

  it("lets at least one whole frame wait for tokens, however slow the link", () => {
    // 50 ms at 100 kbit/s is 625 B: a queue of that length would drop every full frame.
    const { queueBytes, limitPackets } = linkShaping({ rateBps: 100e3, rttMs: 0 }, modern).forward;
    expect(queueBytes).toBe(FRAME_BYTES);
    expect(limitPackets).toBe(1);
  });

  const links = fc.record({
    rateBps: fc.double({ min: 1e3, max: 100e9, noNaN: true }),
    rttMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
  });

  it("adds exactly the RTT asked for, and gives whole numbers that tc takes", () => {
    fc.assert(
      fc.property(links, fc.constantFrom(modern, thesis), (link, profile) => {
        const { forward, backward } = linkShaping(link, profile);
        expect(forward.delayMs + backward.delayMs).toBeCloseTo(link.rttMs, 9);
        for (const { delayMs, limitPackets, burstBytes, queueBytes } of [forward, backward]) {
          expect(delayMs).toBeGreaterThanOrEqual(0);
          for (const whole of [limitPackets, burstBytes, queueBytes]) {
            expect(Number.isSafeInteger(whole) && whole > 0).toBe(true);
          }
        }
      }),
    );
  });

  it("fits a limit that holds the bandwidth-delay product of full frames", () => {
    fc.assert(
      fc.property(links, (link) => {
        const { delayMs, limitPackets } = linkShaping(link, modern).forward;
        expect(limitPackets * FRAME_BYTES * 8000).toBeGreaterThanOrEqual(link.rateBps * delayMs);
      }),
    );
  });
});
