import { describe, expect, it } from "vitest";
import { TimerQueue } from "../../../src/testbed/sim/engine/timer-queue.js";
import { Network } from "../../../src/testbed/sim/link/network.js";
import { Handshake } from "../../../src/testbed/sim/mptcp/handshake.js";

/** Times of SYNs, s, to an address that answers from `answersFromS` on. */
function syns(
  linearTimeouts: number,
  answersFromS: number,
): { times: number[]; state: string; establishedS: number } {
  const timers = new TimerQueue();
  const network = new Network(timers);
  const times: number[] = [];
  let establishedS = NaN;
  const gate = { open: false, hold: () => false };
  const handshake = new Handshake(network, { linearTimeouts, join: true }, gate, () => {
    establishedS = timers.nowNs / 1e9;
  });
  const counting = {
    receive: (packet: number) => {
      if (network.packets.sequence[packet] === 0) times.push(timers.nowNs / 1e9);
      if (gate.open) handshake.responder.receive(packet);
      else network.packets.giveBack(packet);
    },
  };
  handshake.toResponder = network.path([], counting);
  handshake.toInitiator = network.path([], handshake.initiator);
  const opening = timers.add({ expire: () => void (gate.open = true) });
  timers.arm(opening, answersFromS * 1e9);
  handshake.connect();
  timers.runUntil(400e9);
  return { times, state: handshake.state, establishedS };
}

describe("Handshake", () => {
  it("doubles the interval from the first retry on without linear timeouts (Linux 3.11), and gives up after six", () => {
    expect(syns(0, 1000)).toMatchObject({ times: [0, 1, 3, 7, 15, 31, 63], state: "failed" });
  });

  it("keeps to one second for the linear timeouts, then doubles (net.ipv4.tcp_syn_linear_timeouts)", () => {
    expect(syns(4, 1000).times.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19]);
  });

  it("joins with the first SYN after the address can be reached: this is the thesis's slot D", () => {
    expect(syns(0, 14.2).establishedS).toBe(15);
    expect(syns(255, 14.2).establishedS).toBe(15);
    expect(syns(0, 15.5).establishedS).toBe(31);
    expect(syns(255, 15.5).establishedS).toBe(16);
  });
});
