import { afterEach, describe, expect, it, vi } from "vitest";
import { monotonicMs, realtimeOffsetMs } from "../../../src/host/wall-clock.js";
import { CellClock } from "../../../src/testbed/netns/cell-clock.js";
import { failureFrom, failureOf } from "../../experiment/failure-of.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Steps the wall clock, as NTP would, and leaves the monotonic clock alone. */
function step(ms: number): void {
  const now = Date.now.bind(Date);
  vi.spyOn(Date, "now").mockImplementation(() => now() + ms);
}

const clock = (signal = new AbortController().signal) => new CellClock(signal);

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
  it("counts from the cell's beginning, and only forwards", () => {
    const cell = clock();
    const readings = Array.from({ length: 1000 }, () => cell.nowMs());
    expect(readings[0]).toBeGreaterThanOrEqual(0);
    expect(readings).toEqual([...readings].sort((a, b) => a - b));
  });

  it("gives the wall clock's time of its zero", () => {
    const before = Date.now();
    const cell = clock();
    const after = Date.now();
    expect(cell.epochUnixMs).toBeGreaterThan(before - 1);
    expect(cell.epochUnixMs).toBeLessThan(after + 1);
    expect(Math.abs(Date.parse(cell.startedAt) - cell.epochUnixMs)).toBeLessThanOrEqual(1);
  });

  it("goes on evenly while the wall clock is stepped", () => {
    const cell = clock();
    const elapsedMs = () => cell.nowMs() - monotonicMs();
    const before = elapsedMs();
    step(-3_600_000);
    expect(Math.abs(elapsedMs() - before)).toBeLessThan(1000);
  });

  it("finds nothing wrong with a clock that nobody steps", () => {
    const cell = clock();
    expect(() => {
      cell.assertNotStepped();
    }).not.toThrow();
  });

  it.each([3_600_000, -3_600_000])("fails the cell when the wall clock was stepped by %i ms", (ms) => {
    const cell = clock();
    step(ms);
    const failure = failureOf(() => {
      cell.assertNotStepped();
    });
    expect(failure.kind).toBe("cell");
    const [, said] = /stepped by (-?\d+) ms/.exec(failure.message) ?? [];
    expect(Math.abs(Number(said) - ms)).toBeLessThan(1000);
    expect(failure.mend).toMatch(/ntpd/);
  });

  it("waits at least as long as asked", async () => {
    const cell = clock();
    const startMs = cell.nowMs();
    await cell.wait(20);
    // Node's timers count in whole milliseconds.
    expect(cell.nowMs() - startMs).toBeGreaterThan(18);
  });

  it("asks until there is an answer", async () => {
    let asked = 0;
    const ask = () => (++asked === 3 ? "there" : undefined);
    expect(await clock().until(ask, { everyMs: 1, patienceMs: 60_000, otherwise: "nothing" })).toBe("there");
    expect(asked).toBe(3);
  });

  it("says what did not come when its patience ends", async () => {
    const failure = await failureFrom(
      clock().until(() => undefined, { everyMs: 1, patienceMs: 0, otherwise: "no answer from VM3" }),
    );
    expect(failure).toMatchObject({ kind: "cell", message: "no answer from VM3" });
  });

  it("gives up waiting with the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const waiting = clock(controller.signal).wait(600_000);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(clock(controller.signal).wait(600_000)).rejects.toBe(reason);
  });
});
