import { expect, it } from "vitest";
import { nearestKey } from "../../src/experiment/nearest-key.js";

const known = ["bandwidthMbit", "rttMs", "memoryMiB", "vcpus"];

it.each([
  ["rttMS", "rttMs"],
  ["rtt", "rttMs"],
  ["bandwidth", "bandwidthMbit"],
  ["bandwithMbit", "bandwidthMbit"],
  ["vcpsu", "vcpus"],
  ["memoryMb", "memoryMiB"],
])("%s stands for %s", (written, meant) => {
  expect(nearestKey(written, known)).toBe(meant);
});

it.each(["", "x", "delay", "r".repeat(10_000)])("%.10s stands for nothing known", (written) => {
  expect(nearestKey(written, known)).toBeUndefined();
});
