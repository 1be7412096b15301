import { expect, it } from "vitest";
import { lastsNs } from "../../../../src/testbed/sim/walk/give-up.js";

// 200 ms doubled up to 120 s: repetitions at 0.2, 0.6, … 102.2, 204.6, then every 120 s; 924.6 s after the first is the 15th.
it("gives up at the fifteenth expiry of the smallest timeout, and keeps the connection for a minute more", () => {
  expect(lastsNs(200e6) / 1e9).toBeCloseTo(924.6 + 120 + 60, 6);
});

it.each([0.21, 0.3, 1, 3, 120])(
  "never waits less than the model of tcp_retries2, nor a timer more: %d s",
  (rtoS) => {
    const afterFirstS = lastsNs(rtoS * 1e9) / 1e9 - 60 - rtoS;
    expect(afterFirstS).toBeGreaterThanOrEqual(924.6);
    expect(afterFirstS).toBeLessThan(924.6 + 120);
  },
);
