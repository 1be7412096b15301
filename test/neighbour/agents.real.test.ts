import { beforeEach, describe, expect, it } from "vitest";
import { playNeighbours } from "../../bench/neighbour-scenario.js";
import { machineState } from "../real/machine-state.js";
import { requireNetns } from "../real/require-testbed.js";

describe("neighbour databases of three cloudlets", () => {
  beforeEach(requireNetns());

  it("follow joins, leaves, deaths, and RTTs that rise and fall", async () => {
    const before = await machineState();
    const { rounds, phases, afterKill } = await playNeighbours(`nb${process.pid}`, () => undefined);
    const roundsOf = (name: string) => phases.find((phase) => phase.name === name)?.rounds ?? 0;
    const during = (name: string, peer: string) =>
      rounds.filter(({ phase }) => phase === name).map(({ peers }) => peers[peer]);

    // The round that was under way when the RTT changed may count as well.
    expect(roundsOf("200 ms to C2")).toBeGreaterThanOrEqual(3);
    expect(roundsOf("200 ms to C2")).toBeLessThanOrEqual(5);
    expect(during("140 ms", "C2").map((peer) => peer?.state)).not.toContain("neighbour");
    expect(roundsOf("100 ms")).toBeGreaterThanOrEqual(3);
    expect(roundsOf("C3 is killed")).toBeGreaterThanOrEqual(3);
    expect(roundsOf("C2 leaves")).toBeLessThan(3);

    const rttMs = (name: string, peer: string) => during(name, peer).at(-1)?.rttMs ?? NaN;
    for (const [phase, peer, declaredMs] of [
      ["C3 joins", "C2", 20],
      ["C3 joins", "C3", 40],
      ["200 ms to C2", "C2", 200],
      ["140 ms", "C2", 140],
      ["100 ms", "C2", 100],
    ] as const) {
      // What the processes and the WAN guest take comes on top; a machine that is busy makes it more.
      expect(rttMs(phase, peer), `${phase}, ${peer}`).toBeGreaterThan(declaredMs * 0.95);
      expect(rttMs(phase, peer), `${phase}, ${peer}`).toBeLessThan(declaredMs + 30);
    }
    expect(afterKill).toEqual(["C1: neighbour", "C2: neighbour"]);
    expect(await machineState()).toEqual(before);
  });
});
