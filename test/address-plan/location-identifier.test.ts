import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DAMPING,
  locatedAt,
  type LocationState,
  observe,
  settledAt,
  type Verdict,
} from "../../src/address-plan/location-identifier.js";
import { readAddressPlan } from "../../src/address-plan/plan.js";

const { cloudlets } = await readAddressPlan("experiments/address-plans/thesis.yaml");

const HOME = "10.4.0.2";
const NEXT = "10.5.0.8";

/** Packets from one source, every so many ms. */
const stream = (source: string, fromMs: number, toMs: number, everyMs = 100) =>
  Array.from({ length: Math.floor((toMs - fromMs) / everyMs) + 1 }, (_, index) => ({
    tMs: fromMs + index * everyMs,
    source,
  }));

/** Plays packets; each migration that is triggered ends so much later. */
function play(packets: readonly { tMs: number; source: string }[], migrationMs = 2000) {
  let state: LocationState = locatedAt("C1", 0);
  let movedAtMs = Infinity;
  const verdicts: (Verdict & { tMs: number })[] = [];
  for (const packet of packets) {
    if (packet.tMs >= movedAtMs && state.movingTo !== null) {
      state = settledAt(state, state.movingTo);
      movedAtMs = Infinity;
    }
    const { state: next, verdict } = observe(state, packet, cloudlets);
    state = next;
    verdicts.push({ ...verdict, tMs: packet.tMs });
    if (verdict.kind === "trigger") movedAtMs = packet.tMs + migrationMs;
  }
  return { state, verdicts, triggers: verdicts.filter(({ kind }) => kind === "trigger") };
}

describe("the location identifier", () => {
  it("triggers once for a device that has moved to stay", () => {
    const { triggers, state } = play([...stream(HOME, 0, 1000), ...stream(NEXT, 6000, 30_000)]);
    expect(triggers).toEqual([
      { kind: "trigger", cloudlet: "C2", deviceAddress: NEXT, tMs: 6000 + DAMPING.dwellMs },
    ]);
    expect(state.home).toBe("C2");
  });

  it("takes no stray packet for a device that has moved", () => {
    const { triggers, verdicts } = play([
      ...stream(HOME, 0, 1000),
      { tMs: 1010, source: NEXT },
      ...stream(HOME, 1100, 5000),
    ]);
    expect(triggers).toEqual([]);
    expect(verdicts.filter(({ kind }) => kind === "candidate")).toHaveLength(1);
  });

  it("adds no stray packets up that come minutes apart", () => {
    expect(play(stream(NEXT, 0, 3_600_000, 60_000)).triggers).toEqual([]);
  });

  it.each([
    ["the public address of a NAT", "203.0.113.9", "elsewhere"],
    ["a cellular network", "100.64.3.2", "elsewhere"],
    ["a NAT at the next cloudlet, which shows its own address", "10.5.0.1", "no-device"],
    ["another VM", "10.5.0.9", "no-device"],
    ["a reserved address", "10.5.0.224", "no-device"],
    ["the network's own address", "10.5.0.0", "no-device"],
  ])("is not triggered by %s", (_, source, kind) => {
    const { triggers, verdicts } = play(stream(source, 0, 10_000));
    expect(triggers).toEqual([]);
    expect(new Set(verdicts.map((verdict) => verdict.kind))).toEqual(new Set([kind]));
  });

  it("does not forget a candidate for a packet through a NAT", () => {
    const { triggers } = play([
      { tMs: 0, source: NEXT },
      { tMs: 250, source: "203.0.113.9" },
      { tMs: 300, source: NEXT },
      { tMs: 600, source: NEXT },
    ]);
    expect(triggers).toHaveLength(1);
  });

  it("holds a flapping device back, and lets it go once it has calmed down", () => {
    // Ten times to and fro, five seconds each, then at C2 for good.
    const flaps = Array.from({ length: 20 }, (_, index) =>
      stream(index % 2 === 0 ? NEXT : HOME, index * 5000, index * 5000 + 4900),
    ).flat();
    const calm = stream(NEXT, 100_000, 400_000, 1000);
    const { verdicts, triggers, state } = play([...flaps, ...calm]);
    const whileFlapping = triggers.filter(({ tMs }) => tMs < 100_000);
    expect(whileFlapping.length).toBeGreaterThan(0);
    expect(whileFlapping.length).toBeLessThan(5);
    expect(verdicts.some(({ kind }) => kind === "suppressed")).toBe(true);
    expect(state.home).toBe("C2");
  });

  it("does not trigger again while the VM is on its way", () => {
    const { triggers } = play([...stream(NEXT, 0, 5000), ...stream("10.6.0.4", 5100, 9000)], 60_000);
    expect(triggers).toHaveLength(1);
  });

  it("follows C1, C2, C3, C1 with minutes between", () => {
    const { triggers } = play([
      ...stream(NEXT, 0, 120_000, 1000),
      ...stream("10.6.0.4", 180_000, 300_000, 1000),
      ...stream("10.4.0.6", 360_000, 480_000, 1000),
    ]);
    expect(triggers.map(({ tMs: _, ...verdict }) => verdict)).toEqual([
      { kind: "trigger", cloudlet: "C2", deviceAddress: NEXT },
      { kind: "trigger", cloudlet: "C3", deviceAddress: "10.6.0.4" },
      { kind: "trigger", cloudlet: "C1", deviceAddress: "10.4.0.6" },
    ]);
  });

  it("refuses time that goes backwards", () => {
    const { state } = observe(locatedAt("C1", 0), { tMs: 50, source: HOME }, cloudlets);
    expect(() => observe(state, { tMs: 49, source: HOME }, cloudlets)).toThrow("time goes backwards");
  });

  it("triggers only for a cloudlet other than home, after enough packets and time, whatever comes", () => {
    const sources = [HOME, NEXT, "10.5.0.10", "10.6.0.4", "203.0.113.9", "10.5.0.1"];
    const packet = fc.record({ gapMs: fc.nat(2000), source: fc.constantFrom(...sources) });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 80 }), (gaps) => {
        let tMs = 0;
        const packets = gaps.map(({ gapMs, source }) => ({ tMs: (tMs += gapMs), source }));
        const { triggers } = play(packets);
        for (const { tMs: at, ...verdict } of triggers) {
          if (verdict.kind !== "trigger") continue;
          const proof = packets.filter(
            ({ tMs: seen, source }) => seen <= at && source === verdict.deviceAddress,
          );
          expect(proof.length).toBeGreaterThanOrEqual(DAMPING.packets);
          expect(at - (proof[0]?.tMs ?? at)).toBeGreaterThanOrEqual(DAMPING.dwellMs);
        }
      }),
    );
  });
});
