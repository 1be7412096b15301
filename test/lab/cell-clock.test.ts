import { afterEach, describe, expect, it, vi } from "vitest";
import type { ClockReading, Host } from "../../src/host/host.js";
import { localHost } from "../../src/host/local-host.js";
import { monotonicMs, realtimeOffsetMs } from "../../src/host/wall-clock.js";
import { CellClock } from "../../src/lab/cell-clock.js";
import { failureFrom } from "../experiment/failure-of.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Steps the wall clock, as NTP would, and leaves the monotonic clock alone. */
function step(ms: number): void {
  const now = Date.now.bind(Date);
  vi.spyOn(Date, "now").mockImplementation(() => now() + ms);
}

const here = { vm1: localHost, vm2: localHost, vm4: localHost };
const clock = (signal = new AbortController().signal) => CellClock.start(here, signal);

describe("realtimeOffsetMs", () => {
  it("ties the two clocks together to a fraction of a millisecond", () => {
    const offsets = Array.from({ length: 10 }, () => realtimeOffsetMs()).sort((a, b) => b - a);
    const [best = Number.NaN, , , , , middle = Number.NaN] = offsets;
    expect(best - middle).toBeLessThan(1);
  });

  it("is not misled when the machine does something else between the two readings", () => {
    const usual = realtimeOffsetMs();
    const bigint = process.hrtime.bigint.bind(process.hrtime);
    vi.spyOn(process.hrtime, "bigint").mockImplementationOnce(() => bigint() + 50_000_000n);
    expect(Math.abs(realtimeOffsetMs() - usual)).toBeLessThan(40);
  });
});

describe("CellClock", () => {
  it("counts from the cell's beginning, and only forwards", async () => {
    const cell = await clock();
    const readings = Array.from({ length: 1000 }, () => cell.nowMs());
    expect(readings[0]).toBeGreaterThanOrEqual(0);
    expect(readings).toEqual([...readings].sort((a, b) => a - b));
  });

  it("gives the wall clock's time of its zero", async () => {
    const before = Date.now();
    const cell = await clock();
    const after = Date.now();
    expect(cell.epochUnixMs("vm4")).toBeGreaterThan(before - 1);
    expect(cell.epochUnixMs("vm4")).toBeLessThan(after + 1);
    expect(Math.abs(Date.parse(cell.startedAt) - cell.epochUnixMs("vm4"))).toBeLessThanOrEqual(1);
  });

  it("goes on evenly while the wall clock is stepped", async () => {
    const cell = await clock();
    const elapsedMs = () => cell.nowMs() - monotonicMs();
    const before = elapsedMs();
    step(-3_600_000);
    expect(Math.abs(elapsedMs() - before)).toBeLessThan(1000);
  });

  it("finds nothing wrong with a clock that nobody steps", async () => {
    const cell = await clock();
    expect(await cell.finish()).toBeUndefined();
  });

  it.each([3_600_000, -3_600_000])("fails the cell when the wall clock was stepped by %i ms", async (ms) => {
    const cell = await clock();
    step(ms);
    const failure = await failureFrom(cell.finish());
    expect(failure.kind).toBe("cell");
    const [, said] = /stepped by (-?\d+) ms/.exec(failure.message) ?? [];
    expect(Math.abs(Number(said) - ms)).toBeLessThan(1000);
    expect(failure.mend).toMatch(/ntpd/);
  });

  it("waits at least as long as asked", async () => {
    const cell = await clock();
    const startMs = cell.nowMs();
    await cell.wait(20);
    // Node's timers count in whole milliseconds.
    expect(cell.nowMs() - startMs).toBeGreaterThan(18);
  });

  it("asks until there is an answer", async () => {
    let asked = 0;
    const ask = () => (++asked === 3 ? "there" : undefined);
    expect(await (await clock()).until(ask, { everyMs: 1, patienceMs: 60_000, otherwise: "nothing" })).toBe(
      "there",
    );
    expect(asked).toBe(3);
  });

  it("does again what may have been lost, until it has worked", async () => {
    let acted = 0;
    await (
      await clock()
    ).insist(
      () => {
        acted++;
        return Promise.resolve();
      },
      () => Promise.resolve(acted === 3),
      { everyMs: 1, againMs: 5, patienceMs: 60_000, otherwise: "nothing" },
    );
    expect(acted).toBe(3);
  });

  it("does a thing once whose effect is there at once", async () => {
    let acted = 0;
    await (
      await clock()
    ).insist(
      () => {
        acted++;
        return Promise.resolve();
      },
      () => Promise.resolve(true),
      { everyMs: 1, againMs: 0, patienceMs: 60_000, otherwise: "nothing" },
    );
    expect(acted).toBe(1);
  });

  it("says what did not come when its patience ends", async () => {
    const failure = await failureFrom(
      (await clock()).until(() => undefined, { everyMs: 1, patienceMs: 0, otherwise: "no answer from VM3" }),
    );
    expect(failure).toMatchObject({ kind: "cell", message: "no answer from VM3" });
  });

  it("gives up waiting with the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const waiting = (await clock(controller.signal)).wait(600_000);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect((await clock(controller.signal)).wait(600_000)).rejects.toBe(reason);
  });

  it("puts each machine's stamps on one clock, and says how well", async () => {
    const machines = {
      vm1: machine([
        { offsetMs: 5_000, boundMs: 1 },
        { offsetMs: 5_003, boundMs: 2 },
      ]),
      vm2: machine([
        { offsetMs: -100, boundMs: 4 },
        { offsetMs: -100, boundMs: 4 },
      ]),
      vm4: machine([
        { offsetMs: 1_000, boundMs: 0.5 },
        { offsetMs: 1_000, boundMs: 0.5 },
      ]),
    };
    const cell = await CellClock.start(machines, new AbortController().signal);
    expect(cell.epochUnixMs("vm1") - cell.epochUnixMs("vm4")).toBeCloseTo(4_000, 6);
    expect(cell.epochUnixMs("vm2") - cell.epochUnixMs("vm4")).toBeCloseTo(-1_100, 6);
    expect(await cell.finish()).toEqual({
      vm1: { offsetMs: 4_000, boundMs: 1 + 3 + 0.5 },
      vm2: { offsetMs: -1_100, boundMs: 4 + 0.5 },
    });
  });

  it("names the machine whose clock was stepped", async () => {
    const machines = {
      ...here,
      vm2: machine([
        { offsetMs: 0, boundMs: 1 },
        { offsetMs: 60_000, boundMs: 1 },
      ]),
    };
    const cell = await CellClock.start(machines, new AbortController().signal);
    expect((await failureFrom(cell.finish())).message).toBe(
      "the clock of another machine was stepped by 60000 ms during the cell",
    );
  });
});

/** A machine whose clock reads so, one reading after another. */
function machine(readings: ClockReading[]): Host {
  const left = [...readings];
  return {
    ...localHost,
    name: "another machine",
    readClock: () => {
      const reading = left.shift();
      return reading === undefined ? Promise.reject(new Error("read too often")) : Promise.resolve(reading);
    },
  };
}
