import { describe, expect, it } from "vitest";
import { TimerQueue } from "../../../../src/testbed/sim/engine/timer-queue.js";
import { Network } from "../../../../src/testbed/sim/link/network.js";
import { ShapedLink } from "../../../../src/testbed/sim/link/shaped-link.js";
import { MptcpConnection } from "../../../../src/testbed/sim/mptcp/connection.js";
import type { Subflow } from "../../../../src/testbed/sim/mptcp/subflow.js";
import { Reno } from "../../../../src/testbed/sim/tcp/congestion-control.js";
import { link } from "../bulk-flow.js";

const MSS = 1428;
const WINDOW = 64 * 1024;
const STALE_AFTER = 4;

/** A subflow over a link that can be cut. */
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

  way(name: string, shape = { rateBps: 100e6, delayMs: 10 }): Way {
    const settings = link(shape);
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
    expect(rig.connection.dataAck).toBeGreaterThan(deliveredBefore);
  });

  it("may put new data on it until it is stale, and sends that again elsewhere, too", () => {
    const { rig, first, deliveredBefore } = died();
    const second = rig.way("c>b");
    rig.connection.establish(second.subflow);
    rig.run(first.subflow.sender.rtt.timeoutNs / 1e6 + 100);
    const stuck = rig.connection.dataAck;
    expect(
      first.subflow.unsent.bytes,
      "its queue seemed to drain sooner than a new subflow's",
    ).toBeGreaterThan(0);
    rig.run(20_000);
    expect(first.subflow.stale).toBe(true);
    expect(rig.connection.dataAck).toBeGreaterThan(stuck + 100 * WINDOW);
    expect(stuck).toBeGreaterThan(deliveredBefore);
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

describe("the scheduler (mptcp_subflow_get_send)", () => {
  const fast = { rateBps: 20e6, delayMs: 5 };
  const slow = { rateBps: 2e6, delayMs: 30 };

  function both(): { rig: Rig; quick: Subflow; lame: Subflow } {
    const rig = new Rig();
    const quick = rig.way("wifi", fast).subflow;
    const lame = rig.way("cellular", slow).subflow;
    rig.connection.establish(quick);
    rig.connection.establish(lame);
    return { rig, quick, lame };
  }

  it("shares new data out so that the queues drain in about the same time", () => {
    const { rig, quick, lame } = both();
    rig.run(5000);
    expect(quick.receiver.readBytes).toBeGreaterThan(2 * lame.receiver.readBytes);
    expect(lame.receiver.readBytes).toBeGreaterThan(WINDOW);
  });

  it("lets one window make both wait for the slower path: the faster alone would carry more", () => {
    const { rig } = both();
    rig.run(5000);
    const alone = new Rig();
    alone.connection.establish(alone.way("wifi", fast).subflow);
    alone.run(5000);
    expect(rig.connection.dataAck).toBeLessThan(alone.connection.dataAck);
  });

  it("puts data on a subflow whose congestion window has no room", () => {
    const rig = new Rig();
    const { subflow } = rig.way("wifi", fast);
    rig.connection.establish(subflow);
    expect(subflow.sender.queue.packetsOut).toBe(10);
    expect(subflow.queuedBytes).toBeGreaterThan(WINDOW - MSS - MSS);
    expect(subflow.unsent.bytes).toBe(subflow.queuedBytes - 10 * MSS);
  });

  it("puts nothing new on a backup beside a regular subflow, and all of it once that is gone", () => {
    const rig = new Rig();
    const regular = rig.way("wifi", fast).subflow;
    const backup = rig.way("cellular", slow).subflow;
    backup.backup = true;
    rig.connection.establish(regular);
    rig.connection.establish(backup);
    rig.run(1000);
    expect(backup.receiver.readBytes).toBe(0);
    rig.connection.close(regular);
    rig.run(1000);
    expect(backup.receiver.readBytes).toBeGreaterThan(WINDOW);
  });

  it("follows MP_PRIO at once", () => {
    const { rig, quick, lame } = both();
    rig.run(1000);
    rig.connection.prioritise(lame, true);
    rig.run(2000);
    const before = lame.receiver.readBytes;
    rig.run(1000);
    expect(lame.receiver.readBytes).toBe(before);
    rig.connection.prioritise(lame, false);
    rig.connection.prioritise(quick, true);
    rig.run(1000);
    expect(lame.receiver.readBytes).toBeGreaterThan(before);
  });

  it("loses no byte and delivers them in order, however unlike the paths are", () => {
    const { rig, quick, lame } = both();
    rig.run(3000);
    rig.connection.close(quick);
    rig.run(3000);
    const { dataAck, acknowledgedBytes, receivedBytes } = rig.connection;
    expect(acknowledgedBytes).toBeLessThanOrEqual(dataAck);
    expect(receivedBytes).toBeGreaterThanOrEqual(dataAck);
    expect(receivedBytes).toBe(quick.receiver.readBytes + lame.receiver.readBytes);
    expect(dataAck).toBeGreaterThan(10 * WINDOW);
  });
});
