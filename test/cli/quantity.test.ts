import { expect, it } from "vitest";
import { quantity } from "../../src/cli/quantity.js";
import { rateMbit } from "../../src/experiment/schema.js";
import { failureOf } from "../experiment/failure-of.js";

const rate = { schema: rateMbit, wanted: "a number of Mbit/s" };

it("reads whole and broken numbers, and nothing where nothing was given", () => {
  expect(quantity("--bw", "350", rate)).toBe(350);
  expect(quantity("--bw", "0.5", rate)).toBe(0.5);
  expect(quantity("--bw", undefined, rate)).toBeUndefined();
});

it.each(["", " ", "x", "-1", "0", "1e9", "Infinity", "NaN", "60Mbit"])("refuses %j", (text) => {
  const failure = failureOf(() => quantity("--bw", text, rate));
  expect(failure.line).toBe(`--bw: ${JSON.stringify(text)} can't be taken → write a number of Mbit/s`);
  expect(failure.kind).toBe("usage");
});
