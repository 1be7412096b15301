import { expect, it } from "vitest";
import { longestGapM, THESIS_TIMEOUT_S, WALKING_SPEED_M_PER_S } from "../../src/decision/connection-gap.js";

const walker = { timeoutS: THESIS_TIMEOUT_S, rttMs: 0, addressingS: 0, speedMPerS: WALKING_SPEED_M_PER_S };

it("equation 3.6 gives the thesis's 936 m", () => {
  expect(longestGapM(walker)).toBeCloseTo(936, 9);
});

it("equation 3.5 takes half an RTT and the new address's time off", () => {
  expect(longestGapM({ ...walker, rttMs: 2000, addressingS: 9 })).toBeCloseTo(770 * 1.2, 9);
  expect(longestGapM({ ...walker, addressingS: 1000 })).toBe(0);
});

it.each([{ timeoutS: -1 }, { rttMs: -1 }, { addressingS: -1 }, { speedMPerS: -1 }])("refuses %j", (wrong) => {
  expect(() => longestGapM({ ...walker, ...wrong })).toThrow(RangeError);
});
