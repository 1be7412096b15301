import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { offsetFrom, readRemoteClock } from "../../../src/host/ssh/clock.js";
import { spawn } from "../../../src/host/process.js";
import { realtimeOffsetMs } from "../../../src/host/wall-clock.js";

describe("offsetFrom", () => {
  it("trusts the quickest exchange", () => {
    const exchanges = [
      { askedMs: 0, answeredMs: 100, unixMs: 1_000_090 },
      { askedMs: 200, answeredMs: 204, unixMs: 1_000_202 },
      { askedMs: 300, answeredMs: 350, unixMs: 1_000_301 },
    ];
    expect(offsetFrom(exchanges)).toEqual({ offsetMs: 1_000_000, boundMs: 2 });
  });

  it("bounds the true offset, however long each way took", () => {
    const way = fc.double({ min: 0, max: 500, noNaN: true });
    const exchange = fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), way, way);
    fc.assert(
      fc.property(
        fc.integer({ min: -1e6, max: 1e6 }),
        fc.array(exchange, { minLength: 1 }),
        (offset, all) => {
          const { offsetMs, boundMs } = offsetFrom(
            all.map(([askedMs, there, back]) => ({
              askedMs,
              answeredMs: askedMs + there + back,
              unixMs: askedMs + there + offset,
            })),
          );
          expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(boundMs + 1e-6);
        },
      ),
    );
  });

  it("knows nothing without an exchange", () => {
    expect(() => offsetFrom([])).toThrow(/never asked/);
  });
});

describe.skipIf(process.platform !== "linux")("readRemoteClock", () => {
  it("agrees with this machine's own clocks where the other machine is this one", async () => {
    const { offsetMs, boundMs } = await readRemoteClock(spawn);
    expect(Math.abs(offsetMs - realtimeOffsetMs())).toBeLessThanOrEqual(boundMs + 0.1);
  });
});
