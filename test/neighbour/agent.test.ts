import { describe, expect, it } from "vitest";
import { NeighbourAgent, type RoundReport } from "../../src/neighbour/agent.js";
import { decodeMessage, encodeMessage, MESSAGE_BYTES } from "../../src/neighbour/message.js";
import { type Endpoint, endpointText, MOST_PEERS, newPeer, type Peers } from "../../src/neighbour/peers.js";
import { VirtualNetwork } from "./virtual-network.js";

const MINUTE = 60_000;
const endpoint = (last: number): Endpoint => ({ address: `10.0.0.${last}`, port: 3440 });

/** A cloudlet on the network, from now on. */
function cloudlet(network: VirtualNetwork, last: number, named: readonly number[], known: Peers = new Map()) {
  const own = endpoint(last);
  const controller = new AbortController();
  const life = {
    saved: known,
    reports: [] as RoundReport[],
    /** As on SIGTERM. */
    async leave(): Promise<void> {
      controller.abort();
      await ended;
      network.close(own);
    },
    /** As on kill -9. */
    die: () => {
      network.close(own);
      network.delayMs = ((before) => (from, to) => (from === endpointText(own) ? null : before(from, to)))(
        network.delayMs,
      );
    },
    stateOf: (other: number) => life.saved.get(endpointText(endpoint(other)))?.standing.kind,
  };
  const agent = new NeighbourAgent(
    { name: `C${last}`, listen: own, named: named.map(endpoint), everyMs: MINUTE },
    known,
    network.edge(own, (peers) => (life.saved = peers)),
  );
  const ended = agent.run(controller.signal, (round) => life.reports.push(round));
  return life;
}

describe("NeighbourAgent", () => {
  it("three cloudlets find each other though each names one only, and measure their RTTs", async () => {
    const network = new VirtualNetwork();
    network.delayMs = (from, to) => ((from + to).includes("10.0.0.3") ? 40 : 10);
    const [one, two, three] = [
      cloudlet(network, 1, [2, 3]),
      cloudlet(network, 2, []),
      cloudlet(network, 3, [2]),
    ];
    await network.pass(3 * MINUTE);
    for (const { saved } of [one, two, three]) {
      expect([...saved.values()].map(({ standing }) => standing.kind)).toEqual(["neighbour", "neighbour"]);
    }
    expect([...two.saved.values()].map(({ name, rttMs }) => [name, rttMs])).toEqual(
      expect.arrayContaining([
        ["C1", 20],
        ["C3", 80],
      ]),
    );
  });

  it("a farewell ends a neighbour with the next round, a death after three rounds, and a return is heard", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, [2, 3]);
    const two = cloudlet(network, 2, [1]);
    const three = cloudlet(network, 3, [1]);
    await network.pass(2 * MINUTE);
    await two.leave();
    await network.pass(MINUTE);
    expect(one.stateOf(2)).toBe("silent");
    expect(one.stateOf(3)).toBe("neighbour");
    three.die();
    await network.pass(2 * MINUTE);
    expect(one.stateOf(3)).toBe("neighbour");
    await network.pass(2 * MINUTE);
    expect(one.stateOf(3)).toBe("silent");
    const again = cloudlet(network, 2, [1], two.saved);
    await network.pass(2 * MINUTE);
    expect([one.stateOf(2), again.stateOf(1)]).toEqual(["neighbour", "neighbour"]);
  });

  it("knows after a restart what it knew before its first round", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, [2]);
    cloudlet(network, 2, []);
    await network.pass(2 * MINUTE);
    const reborn = cloudlet(network, 4, [], one.saved);
    await network.pass(0);
    expect(reborn.stateOf(2)).toBe("neighbour");
  });

  it("tries those that are named even where the file is full of others", async () => {
    const network = new VirtualNetwork();
    const others = Array.from({ length: MOST_PEERS }, (_, port) => ({ address: "10.0.1.1", port: port + 1 }));
    const full = new Map(others.map((each) => [endpointText(each), newPeer(each, null)]));
    const one = cloudlet(network, 1, [2], full);
    cloudlet(network, 2, []);
    await network.pass(MINUTE);
    expect(one.saved.size).toBe(MOST_PEERS);
    expect(one.stateOf(2)).toBe("neighbour");
  });

  it("takes the median: two slow or lost echoes of five change nothing, three of five lost are none", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, [2]);
    cloudlet(network, 2, []);
    await network.pass(MINUTE + 10_000);
    let echoes = 0;
    const lossy = (lost: number) => (from: string) =>
      from === "10.0.0.2:3440" &&
      decodeMessage(network.sent.at(-1)?.bytes ?? Buffer.alloc(0))?.kind === "reply"
        ? echoes++ % 5 < lost
          ? null
          : 30
        : 5;
    network.delayMs = lossy(2);
    await network.pass(MINUTE);
    expect([...one.saved.values()][0]?.rttMs).toBe(35);
    network.delayMs = lossy(3);
    await network.pass(MINUTE);
    expect([...one.saved.values()][0]?.standing).toMatchObject({ kind: "neighbour", silentRounds: 1 });
  });
});

describe("strangers", () => {
  const stranger = endpoint(66);
  const say = (network: VirtualNetwork, bytes: Uint8Array, from = stranger) => {
    network.send(bytes, from, endpoint(1));
  };
  const message = (kind: Parameters<typeof encodeMessage>[0]["kind"], nonce = "ffffffffffffffff") =>
    encodeMessage({ kind, name: "M", nonce });

  it("get no more bytes than they send, whatever they send, and no place in the database", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, []);
    await network.pass(1000);
    const before = network.sent.length;
    const flood = [
      message("announce"),
      message("echo"),
      message("reply"),
      message("farewell"),
      Buffer.alloc(MESSAGE_BYTES),
      Buffer.alloc(1400, "CLDN\u0001"),
      Buffer.alloc(0),
    ];
    for (const bytes of flood) say(network, bytes);
    await network.pass(5 * MINUTE);
    const received = network.sent.slice(before).filter(({ to }) => to === endpointText(stranger));
    const sizes = (list: readonly { bytes: Uint8Array }[]) =>
      list.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    expect(received.map(({ bytes }) => decodeMessage(bytes)?.kind)).toEqual(["echo", "reply"]);
    expect(sizes(received)).toBe(2 * MESSAGE_BYTES);
    expect(one.saved.size).toBe(0);
    expect(one.reports.at(-1)?.dropped).toEqual({ malformed: 3, unasked: 2, noRoom: 0 });
  });

  it("who announce from many addresses fill no more than the room for proofs", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, []);
    await network.pass(1000);
    for (let port = 1; port <= 1000; port++) say(network, message("announce"), { ...stranger, port });
    await network.pass(MINUTE);
    expect(one.saved.size).toBe(0);
    expect(one.reports.at(-1)?.dropped.noRoom).toBe(1000 - MOST_PEERS);
  });

  it("cannot make it its own neighbour", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, []);
    await network.pass(1000);
    say(network, message("announce"), endpoint(1));
    await network.pass(MINUTE);
    expect(one.saved.size).toBe(0);
  });

  it("cannot answer or leave for another: a reply and a farewell need a nonce that was sent there", async () => {
    const network = new VirtualNetwork();
    const one = cloudlet(network, 1, [2]);
    cloudlet(network, 2, []);
    await network.pass(2 * MINUTE);
    say(network, message("farewell"), endpoint(2));
    const ownEcho = network.sent.findLast(
      ({ from, bytes }) => from === "10.0.0.1:3440" && decodeMessage(bytes)?.kind === "echo",
    );
    // Even the right nonce, from another address.
    say(network, message("farewell", decodeMessage(ownEcho?.bytes ?? Buffer.alloc(0))?.nonce), stranger);
    await network.pass(1000);
    expect(one.stateOf(2)).toBe("neighbour");
    await network.pass(MINUTE);
    expect(one.reports.at(-1)?.dropped.unasked).toBe(2);
  });
});
