import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readAnswer, readJsonAnswer } from "../../src/host/answer.js";
import { failureOf } from "../experiment/failure-of.js";

const schema = z.object({ mtu: z.int() });
const by = { kind: "environment", place: "ip -j link show" } as const;

describe("another program's answer", () => {
  it("is what the schema says, and what is not used of it is left out", () => {
    expect(readAnswer(schema, { mtu: 1500, qdisc: "noqueue" }, by)).toEqual({ mtu: 1500 });
    expect(readJsonAnswer(schema, '{"mtu":1500}', by)).toEqual({ mtu: 1500 });
  });

  it("is refused in one line that says who gave it and what is wrong", () => {
    expect(failureOf(() => readAnswer(schema, { mtu: "1500" }, by)).line).toMatch(
      /^ip -j link show: its answer is not understood: mtu: Invalid input: .*$/,
    );
    expect(failureOf(() => readJsonAnswer(schema, "Cannot open\nnetlink", by)).line).toBe(
      "ip -j link show: its answer is not understood: no JSON",
    );
    expect(failureOf(() => readAnswer(z.strictObject({}), { "a\nb": 1 }, by)).line).not.toContain("\n");
  });
});
