import { describe, expect, it } from "vitest";
import { TimerQueue } from "../../../../src/testbed/sim/engine/timer-queue.js";
import { Network } from "../../../../src/testbed/sim/link/network.js";
import { ShapedLink } from "../../../../src/testbed/sim/link/shaped-link.js";
import { MptcpConnection, type Subflow } from "../../../../src/testbed/sim/mptcp/connection.js";
import { Reno } from "../../../../src/testbed/sim/tcp/congestion-control.js";
import { link } from "../bulk-flow.js";

const MSS = 1428;
const WINDOW = 64 * 1024;
const STALE_AFTER = 4;

/** A subflow over links of 10 ms each way that can be cut. */
interface Way {
  readonly subflow: Subflow;
  readonly cut: () => void;
}

class Rig {
  readonly timers = new TimerQueue();
  readonly network = new Network(this.timers);
  readonly connection = new MptcpConnection(this.network, {
    sender: { mssBytes: MSS, headerBytes: 86, initialWindow: 10, gsoSegments: 1 },
    receiver: {
      mssBytes: MSS,
      ackBytes: 86,
      rmemDefaultBytes: 131_072,
      rmemMaxBytes: 131_072,
      windowShare: 0.5,
      overhead: 2,
      lockedWindowBytes: WINDOW,
    },
    congestion: () => new Reno(),
    sendBufferBytes: WINDOW,
    staleLossCount: STALE_AFTER,
  });

  way(name: string): Way {
    const settings = link({ rateBps: 100e6, delayMs: 10 });
    const [towards, back] = [new ShapedLink(this.network, settings), new ShapedLink(this.network, settings)];
    const subflow = this.connection.addSubflow(name, { open: true, hold: () => false });
    subflow.setPaths(
      this.network.path([towards], subflow.receiver),
      this.network.path([back], subflow.sender),
    );
    return {
      subflow,
      cut: () => {
        towards.setDown();
        back.setDown();
      },
    };
  }

  run(ms: number): void {
    this.timers.runUntil(this.timers.nowNs + ms * 1e6);
  }
}

describe("a connection whose only subflow dies", () => {
  function died(): { rig: Rig; first: Way; outstanding: number; deliveredBefore: number } {
    const rig = new Rig();
    const first = rig.way("a>b");
    rig.connection.establish(first.subflow);
    rig.run(1000);
    first.cut();
    const deliveredBefore = rig.connection.dataAck;
    rig.run(50);
    return { rig, first, outstanding: first.subflow.sender.queue.bytesOut, deliveredBefore };
  }

  it("delivers nothing and loses nothing of its window while there is no other", () => {
    const { rig, outstanding, deliveredBefore } = died();
    expect(outstanding).toBeGreaterThan(WINDOW / 2);
    rig.run(60_000);
    expect(rig.connection.dataAck).toBe(deliveredBefore);
    expect(rig.connection.reinjectedBytes).toBe(0);
  });

  it("sends what was outstanding again on a subflow that joins, once the old one is closed (REMOVE_ADDR)", () => {
    const { rig, first, outstanding, deliveredBefore } = died();
    const second = rig.way("c>b");
    rig.connection.establish(second.subflow);
    rig.connection.close(first.subflow);
    rig.run(200);
    expect(rig.connection.reinjectedBytes).toBeGreaterThan(0);
    expect(rig.connection.reinjectedBytes).toBeLessThanOrEqual(outstanding);
    expect(rig.connection.dataAck).toBeGreaterThan(deliveredBefore + outstanding);
  });

  it("sends it again on an idle subflow at the next timeout (mptcp_subflow_get_retrans)", () => {
    const { rig, first, deliveredBefore } = died();
    const second = rig.way("c>b");
    rig.connection.establish(second.subflow);
    expect(first.subflow.sender.timeouts).toBe(0);
    const timeoutMs = first.subflow.sender.rtt.timeoutNs / 1e6;
    rig.run(timeoutMs + 100);
    expect(first.subflow.sender.timeouts).toBe(1);
    expect(first.subflow.stale).toBe(false);
    expect(rig.connection.reinjectedBytes).toBeGreaterThan(0);
    expect(rig.connection.dataAck).toBeGreaterThan(deliveredBefore + WINDOW);
  });

  it("calls it stale after so many timeouts in a row, and reinjects on whatever joins later", () => {
    const { rig, first, deliveredBefore } = died();
    rig.run(10_000);
    expect(first.subflow.sender.timeouts).toBeGreaterThanOrEqual(STALE_AFTER);
    expect(first.subflow.stale).toBe(true);
    const second = rig.way("c>b");
    rig.connection.establish(second.subflow);
    rig.run(200);
    expect(rig.connection.reinjectedBytes).toBeGreaterThan(0);
    expect(rig.connection.dataAck).toBeGreaterThan(deliveredBefore + WINDOW);
  });
});
