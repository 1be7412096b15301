import { describe, expect, it } from "vitest";
import { agentOptions } from "../../src/cli/neighbour-agent.js";
import { Failure } from "../../src/failure.js";

const flags = { name: "C1", listen: "10.4.0.1:3440", peer: ["10.5.0.1:3440"], every: "60s" };

const refusal = (changed: Partial<typeof flags>): string => {
  try {
    agentOptions({ ...flags, ...changed });
    return "taken";
  } catch (error) {
    if (error instanceof Failure) return error.line;
    throw error;
  }
};

describe("agentOptions", () => {
  it("takes what the thesis has: a measurement every minute", () => {
    expect(agentOptions(flags)).toEqual({
      name: "C1",
      listen: { address: "10.4.0.1", port: 3440 },
      named: [{ address: "10.5.0.1", port: 3440 }],
      everyMs: 60_000,
    });
  });

  it.each([
    [{ name: "C 1" }, '--name: "C 1"'],
    [{ listen: "10.4.0.1" }, '--listen: "10.4.0.1"'],
    [{ listen: "10.4.0.256:1" }, '--listen: "10.4.0.256:1"'],
    [{ listen: "10.4.0.1:0" }, '--listen: "10.4.0.1:0"'],
    [{ peer: ["10.5.0.1:65536"] }, '--peer: "10.5.0.1:65536"'],
    [{ peer: ["10.4.0.1:3440"] }, "no cloudlet is its own neighbour"],
    [{ peer: Array.from({ length: 257 }, () => "10.5.0.1:1") }, "name at most 256"],
    [{ every: "0.5s" }, '--every: "0.5"'],
    [{ every: "1m" }, '--every: "1m"'],
    [{ every: "-1s" }, '--every: "-1"'],
  ])("refuses %j", (changed, line) => {
    expect(refusal(changed)).toContain(line);
  });
});
