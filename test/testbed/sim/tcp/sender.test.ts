import { describe, expect, it } from "vitest";
import { Reno } from "../../../../src/testbed/sim/tcp/congestion-control.js";
import { BulkFlow, MSS } from "../bulk-flow.js";

/** An application that writes a share of the window whenever all that it wrote is acknowledged, and then waits. */
class Bursts extends BulkFlow {
  bursts = 0;
  private unsent = 0;

  constructor(private readonly ofWindow: number) {
    super({ forward: { delayMs: 50 }, back: { delayMs: 50 }, congestion: new Reno() });
    this.sender.ssthresh = this.sender.cwnd;
  }

  override take(maxBytes: number): number {
    if (this.sender.queue.packetsOut === 0) {
      this.bursts++;
      this.unsent = Math.floor(this.sender.cwnd * this.ofWindow) * MSS;
    }
    const bytes = Math.min(maxBytes, this.unsent);
    this.unsent -= bytes;
    return bytes;
  }
}

describe("congestion window validation (RFC 7661, tcp_cwnd_validate)", () => {
  it("remembers for the whole round that the window was full, though later acknowledgements find it half empty", () => {
    const flow = new Bursts(1);
    const before = flow.sender.cwnd;
    flow.run(2000);
    expect(flow.bursts).toBeGreaterThan(15);
    // Congestion avoidance: one segment a round, less what delayed acknowledgements of odd bursts take.
    expect((flow.sender.cwnd - before) / flow.bursts).toBeGreaterThan(0.8);
  });

  it("does not let a window grow that is never full", () => {
    const flow = new Bursts(0.5);
    const before = flow.sender.cwnd;
    flow.run(2000);
    expect(flow.bursts).toBeGreaterThan(15);
    expect(flow.sender.cwnd).toBe(before);
  });
});
