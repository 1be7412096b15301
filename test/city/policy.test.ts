import { describe, expect, it } from "vitest";
import { policies } from "../../src/city/policy.js";
import { SharedWan } from "../../src/city/shared-wan.js";
import { estimator } from "../../src/decision/estimator.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import { profileNamed } from "../experiment/profile-named.js";

const estimate = estimator(await profileNamed("modern"), simulationParameters(), []);
const rttMs = 200;
const slow = estimate({ memoryMiB: 96, dirtyMiBPerS: 0, workingSetMiB: 0, rateBps: 20e6, rttMs });

function migrates(name: string, load: { others: number; sharing: number }): boolean | undefined {
  return policies.find((policy) => policy.name === name)?.migrates(slow, rttMs, 20, load);
}

describe("least cost to all", () => {
  const idle = { others: 0, sharing: 0 };
  const crowded = { others: 20, sharing: 10 };

  it("is least cost where nobody else uses the WAN", () => {
    expect([migrates("least cost", idle), migrates("least cost to all", idle)]).toEqual([true, true]);
  });

  it("leaves a crowded WAN alone where the user's own cost would not", () => {
    expect([migrates("least cost", crowded), migrates("least cost to all", crowded)]).toEqual([true, false]);
  });
});

describe("the load that a migration would meet", () => {
  it("counts both ends, and the busier one", () => {
    const wan = new SharedWan(3, 1e9, estimate);
    wan.occupy(0, 1);
    wan.occupy(0, 2);
    expect(wan.load(0, 1)).toEqual({ others: 3, sharing: 2 });
    wan.release(0, 1);
    expect(wan.load(0, 1)).toEqual({ others: 1, sharing: 1 });
  });
});
