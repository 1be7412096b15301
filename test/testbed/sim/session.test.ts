import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EventName } from "../../../src/record/schema.js";
import { testbed } from "../../../src/testbed/sim/index.js";
import { simulationParameters } from "../../../src/testbed/sim/parameters.js";
import { gridCell, migrated, play, small } from "./cells.js";

const sha256 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

describe("the simulated handover", () => {
  it("plays the shared scenario to the end: attested, one MPTCP connection, all tables and events as the thesis has them", async () => {
    const { record, series } = await play(await gridCell("modern", 350, 20));
    expect(record.reasons).toEqual([]);
    expect(record.status).toBe("ok");
    expect(Object.keys(record.tables)).toEqual(["4.5", "4.6", "4.7", "4.8"]);
    const names = record.events.map(({ name }) => name);
    const { FlowStarted, FlowEnded, ...ofMoves } = EventName;
    const { NetworkEntered, NetworkLeft, SubflowWithdrawn, PriorityChanged, ...ofHandover } = ofMoves;
    for (const name of Object.values(ofHandover)) expect(names).toContain(name);
    // Those bound a flow that is not the device's connection, or belong to walks of the device alone.
    const others = [FlowStarted, FlowEnded, NetworkEntered, NetworkLeft, SubflowWithdrawn, PriorityChanged];
    for (const name of others) expect(names).not.toContain(name);
    const times = record.events.map(({ tMs }) => tMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(series.probe.length).toBeGreaterThan(1000);
    expect(record.evidence?.mptcp.counters).toMatchObject({ MPTcpExtMPJoinSynAckRx: 2, MPTcpExtAddAddr: 1 });
    const last = series.subflow.at(-1);
    expect(last?.paths).toBe("10.1.2.18>10.1.2.19");
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const cell = small(await gridCell("thesis-2014", 350, 20));
    const [first, again, other] = [await play(cell), await play(cell), await play({ ...cell, seed: 2 })];
    // The wall clock's time of the run is no result of the simulation.
    const timeless = ({ record, series }: typeof first): unknown => ({ ...record, startedAt: "", series });
    expect(sha256(timeless(again))).toBe(sha256(timeless(first)));
    expect(sha256(other.series)).not.toBe(sha256(first.series));
  });

  it("gives the bytes that it gave when this was written, on every platform", async () => {
    const { series } = await play(small(await gridCell("thesis-2014", 175, 50)));
    const { signal, burst, ...written } = series;
    expect([signal, burst]).toEqual([[], []]);
    expect(sha256(written)).toMatchInlineSnapshot(
      `"d7ccad90da0ac593f8a8b57692118b87741fece4595937f0e6cd410619b1e68b"`,
    );
  });

  it("leaves no packet unaccounted for", async () => {
    const { simulation } = migrated(small(await gridCell("thesis-2014", 175, 50)));
    simulation.completeHandover();
    simulation.wait(500);
    simulation.finish();
    simulation.wait(600_000);
    expect(simulation.topology.network.packets.taken).toBeGreaterThan(10_000);
    expect(simulation.topology.network.packets.inNetwork).toBe(0);
    for (const stage of simulation.topology.stages)
      expect(stage.longest).toBeLessThanOrEqual(stage.settings.limitPackets);
  });

  it("answers at resume the SYN that waited in VM3's tap, where the testbed keeps it", async () => {
    const cell = small(await gridCell("thesis-2014", 60, 20));
    const parameters = simulationParameters();
    const joinAfterResumeMs = async (tapQueuePackets: number): Promise<number> => {
      const path = { ...parameters.path, tapQueuePackets };
      const { record } = await play(cell, { ...parameters, path });
      const joined = record.events.findLast(({ name }) => name === EventName.SubflowJoined);
      return (joined?.tMs ?? NaN) - (record.migration?.resumeMs ?? NaN);
    };
    expect(await joinAfterResumeMs(0)).toBeGreaterThan(100);
    expect(await joinAfterResumeMs(10_000)).toBeLessThan(20);
  });

  it.each([20, 50, 100, 150])(
    "is never slower on a faster link that fits its path: RTT %d ms",
    async (rttMs) => {
      // Exceptions: where netem's packet limit binds, losses fall differently at each rate and CUBIC may do worse on
      // the faster link (350 against 175 Mbit/s at 50 ms under thesis-2014); and where the sender's buffer binds,
      // which a flow overruns once it has left slow start, and the faster link never makes it leave.
      const cell = await gridCell("modern", 350, rttMs);
      const [, , sendBufferBytes] = cell.profile.tcp.wmemBytes.value;
      const unbound = (mbit: number): boolean => (mbit * 1000 * rttMs) / 8 < sendBufferBytes;
      const seconds = [30, 60, 120, 240, 480].filter(unbound).map((mbit) => {
        const { outcome } = migrated(small({ ...cell, wan: { rateBps: mbit * 1e6, rttMs } }));
        return (outcome.commandEndMs - outcome.commandStartMs) / 1000;
      });
      expect(seconds.length).toBeGreaterThan(2);
      seconds.reduce((slower, faster) => {
        expect(faster).toBeLessThanOrEqual(slower * 1.02);
        return faster;
      });
    },
  );

  it("ends a cell whose signal is aborted with the signal's reason", async () => {
    const cell = small(await gridCell("modern", 350, 20));
    const abort = new AbortController();
    await using session = await testbed.open({
      runId: "t",
      seed: 1,
      signal: abort.signal,
      note: () => undefined,
    });
    await using running = await session.begin(cell, abort.signal);
    await running.startProbes();
    abort.abort(new Error("enough"));
    await expect(running.wait(1000)).rejects.toThrow("enough");
  });
});

describe("refuse", () => {
  it("takes every cell of the thesis's grid", async () => {
    for (const profile of ["thesis-2014", "modern", "thesis-2014-modern-qemu"]) {
      expect(testbed.refuse(await gridCell(profile, 350, 150))).toBeUndefined();
    }
  });

  it("names the key of what it doesn't cover, and says how to mend it", async () => {
    const cell = await gridCell("modern", 350, 20);
    const bbr = { value: "bbr" as const, source: "a test" };
    const refused = [
      testbed.refuse({ ...cell, wan: { ...cell.wan, rttMs: 0 } }),
      testbed.refuse({ ...cell, wan: { ...cell.wan, rttMs: NaN } }),
      testbed.refuse({ ...cell, wan: { ...cell.wan, rateBps: 1e9 } }),
      testbed.refuse({ ...cell, wan: { ...cell.wan, rateBps: -1 } }),
      testbed.refuse({ ...cell, wan: { ...cell.wan, rateBps: 1000 } }),
      testbed.refuse({ ...cell, access: { ...cell.access, rateBps: 1e10 } }),
      testbed.refuse({ ...cell, guest: { ...cell.guest, memoryMiB: 0 } }),
      testbed.refuse({ ...cell, guest: { ...cell.guest, usedMiB: 4096 } }),
      testbed.refuse({
        ...cell,
        profile: { ...cell.profile, tcp: { ...cell.profile.tcp, congestionControl: bbr } },
      }),
    ];
    expect(refused.map((refusal) => refusal?.key)).toEqual([
      "wan.rttMs",
      "wan.rttMs",
      "wan.bandwidthMbit",
      "wan.bandwidthMbit",
      "wan.bandwidthMbit",
      "access.bandwidthMbit",
      "guest.memoryMiB",
      "guest.usedMiB",
      "tcp.congestionControl",
    ]);
    for (const refusal of refused) expect(refusal?.mend).not.toBe("");
  });
});
