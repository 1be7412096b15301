import { expect, it } from "vitest";
import { retransmissionLimitS } from "../../src/metric/retransmission-limit.js";

it("is what ip-sysctl.rst states of the default: 924.6 s", () => {
  expect(retransmissionLimitS(15)).toBeCloseTo(924.6, 6);
});

it.each([
  // 0.2 + 0.4 + 0.8 + … up to the timeout that ends the last repetition.
  [0, 0.2],
  [3, 3],
  [9, 204.6],
  [10, 324.6],
])("adds up the timeouts of %i repetitions", (retries, seconds) => {
  expect(retransmissionLimitS(retries)).toBeCloseTo(seconds, 6);
});
