import { describe, expect, it } from "vitest";
import type { Shaping } from "../../src/experiment/link-shaping.js";
import { shapeCommands, unshapeCommand } from "../../src/host/qdisc.js";

const shaping: Shaping = {
  rateBps: 350e6,
  delayMs: 20,
  limitPackets: 1000,
  burstBytes: 175_000,
  queueBytes: 2_187_500,
  rootQdisc: "tbf",
};
const lines = (device: string, given: Partial<Shaping>) =>
  shapeCommands(device, { ...shaping, ...given }).map((command) => command.join(" "));

describe("shapeCommands", () => {
  it("puts netem inside tbf, so that one limit holds delay line and backlog", () => {
    expect(lines("eth1", {})).toEqual([
      "tc qdisc replace dev eth1 root handle 1: tbf rate 350000000bit burst 175000b limit 2187500b",
      "tc qdisc replace dev eth1 parent 1:1 handle 10: netem limit 1000 delay 20000us",
    ]);
  });

  it("lets a delay vary without reordering: netem counts from the packet before once it has a rate", () => {
    expect(lines("eth2", { jitterMs: 5 })[1]).toMatch(/ delay 20000us 5000us rate 350000000bit$/);
  });

  it("puts tbf inside netem, with a queue of its own behind the delay line", () => {
    expect(lines("eth3", { rootQdisc: "netem" })).toEqual([
      "tc qdisc replace dev eth3 root handle 2: netem limit 1000 delay 20000us",
      "tc qdisc replace dev eth3 parent 2:1 handle 20: tbf rate 350000000bit burst 175000b limit 2187500b",
    ]);
  });

  it("never gives the two orders a handle in common, as replace can't change a qdisc's kind", () => {
    const handles = (rootQdisc: Shaping["rootQdisc"]) =>
      lines("eth0", { rootQdisc }).map((line) => / handle (\S+) /.exec(line)?.[1]);
    const [tbfRoot, netemRoot] = [handles("tbf"), handles("netem")];
    expect(new Set([...tbfRoot, ...netemRoot]).size).toBe(4);
  });

  it("takes all shaping off under a handle of neither order", () => {
    expect(unshapeCommand("eth0").join(" ")).toBe(
      "tc qdisc replace dev eth0 root handle 3: pfifo limit 1000",
    );
  });

  it("writes whole bits and microseconds", () => {
    const [tbf, netem] = lines("eth1", { rateBps: 1_500_000.4, delayMs: 9.6744 });
    expect(tbf).toContain("rate 1500000bit ");
    expect(netem).toContain("delay 9674us");
  });

  it("writes a delay of nothing as such", () => {
    expect(lines("eth1", { delayMs: 0 })[1]).toMatch(/ delay 0us$/);
  });
});
