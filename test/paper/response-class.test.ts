import { expect, it } from "vitest";
import { responseClassOf } from "../../src/paper/response-class.js";

it.each([
  [0, "crisp"],
  [149.9, "crisp"],
  [150, "noticeable to annoying"],
  [1000, "annoying"],
  [2000, "unacceptable"],
  [4999, "unacceptable"],
  [5000, "unusable"],
])("Table 3.2: %d ms is %s", (rttMs, impression) => {
  expect(responseClassOf(rttMs)).toBe(impression);
});
