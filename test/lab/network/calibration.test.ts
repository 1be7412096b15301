import { expect, it } from "vitest";
import type { LinkShaping, Shaping } from "../../../src/experiment/link-shaping.js";
import { lessRtt } from "../../../src/lab/network/calibration.js";

const direction = (delayMs: number): Shaping => ({
  rateBps: 350e6,
  delayMs,
  limitPackets: 1000,
  burstBytes: 175_000,
  queueBytes: 2_000_000,
  rootQdisc: "tbf",
});
const link = (forwardMs: number, backwardMs: number): LinkShaping => ({
  forward: direction(forwardMs),
  backward: direction(backwardMs),
});

it("takes the excess off each direction in proportion to its delay, and changes nothing else", () => {
  expect(lessRtt(link(10, 10), 1)).toEqual(link(9.5, 9.5));
  expect(lessRtt(link(20, 0), 1)).toEqual(link(19, 0));
  expect(lessRtt(link(15, 5), 2)).toEqual(link(13.5, 4.5));
});

it("never takes off more than there is", () => {
  expect(lessRtt(link(0.5, 0.5), 3)).toEqual(link(0, 0));
  expect(lessRtt(link(0, 0), 3)).toEqual(link(0, 0));
});
