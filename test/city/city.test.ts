import { describe, expect, it } from "vitest";
import { type CityHour, cityHour } from "../../src/city/city.js";
import { CloudletMap } from "../../src/city/cloudlet-map.js";
import type { Leg } from "../../src/city/leg.js";
import { type Policy, policies } from "../../src/city/policy.js";
import { cityOf } from "../../src/city/population.js";
import { SharedWan } from "../../src/city/shared-wan.js";
import { estimator } from "../../src/decision/estimator.js";
import { simulationParameters } from "../../src/testbed/sim/parameters.js";
import { profileNamed } from "../experiment/profile-named.js";

const estimate = estimator(await profileNamed("modern"), simulationParameters(), []);
const vm = { memoryMiB: 96, dirtyMiBPerS: 0, workingSetMiB: 0 };

function policyNamed(name: string): Policy {
  const found = policies.find((policy) => policy.name === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
}

/** Two cloudlets 200 m apart; the border is at x = 100. */
const map = new CloudletMap(
  [
    { x: 0, y: 0, accessRttMs: 10 },
    { x: 200, y: 0, accessRttMs: 10 },
  ],
  200,
);
/** At 1 m/s from 50 m on: crosses after 50 s. */
const across: Leg = { startS: 0, endS: 150, fromX: 50, fromY: 0, toX: 200, toY: 0 };

function play(name: string, legs: readonly Leg[], { devices = 1, rateBps = 100e6 } = {}): CityHour {
  const walkers = Array.from({ length: devices }, () => ({ walk: legs.values(), vm }));
  const wan = new SharedWan(map.cloudlets.length, rateBps, estimate);
  return cityHour(walkers, map, wan, policyNamed(name), { durationS: 300, serviceInitiationS: 20 });
}

describe("a walk from one cloudlet to the next", () => {
  it("takes the VM along, as long as the estimator says", () => {
    const alone = estimate({ ...vm, rateBps: 100e6, rttMs: 20 });
    if (alone.kind === "endless") throw new Error("it never ends");
    const hour = play("always", [across]);
    expect(hour).toMatchObject({ handovers: 1, migrations: 1, newServices: 0, cancelled: 0 });
    expect(hour.meanMigrationS).toBeCloseTo(alone.totalTimeS.value, 6);
    expect(hour.throughWanS).toBe(Math.floor(hour.meanMigrationS));
  });

  it("costs a new service's time where VMs never migrate", () => {
    const hour = play("never", [across]);
    expect(hour).toMatchObject({ migrations: 0, newServices: 1, withoutServiceS: 20, costS: 20 });
  });

  it("shares the WAN with others that walk along", () => {
    const one = play("always", [across]).meanMigrationS;
    expect(play("always", [across], { devices: 4 }).meanMigrationS / one).toBeGreaterThan(3.5);
  });

  it("needs no WAN when the VM went ahead (5.1)", () => {
    const hour = play("least cost, early (5.1)", [across]);
    expect(hour).toMatchObject({ migrations: 1, startedEarly: 1, foreseen: 1, wastedBytes: 0 });
    expect(hour.throughWanS).toBeLessThan(play("least cost", [across]).throughWanS / 2);
  });

  it("has sent a VM in vain when the device turns round, and sends it back", () => {
    const there: Leg = { ...across, endS: 49, toX: 99 };
    const back: Leg = { startS: 49, endS: 148, fromX: 99, fromY: 0, toX: 0, toY: 0 };
    const hour = play("least cost, early (5.1)", [there, back]);
    expect(hour).toMatchObject({ handovers: 0, startedEarly: 1, foreseen: 0, migrations: 2 });
    expect(hour.wastedBytes).toBeGreaterThan(96 * 2 ** 20);
  });
});

describe("a city", () => {
  const size = { devices: 60, cloudlets: 30, sideM: 1000 };

  function hourOf(seed: number, policy: Policy): CityHour {
    const city = cityOf(seed, size);
    const wan = new SharedWan(size.cloudlets, 100e6, estimate);
    return cityHour(city.walkers(), city.map, wan, policy, { durationS: 600, serviceInitiationS: 20 });
  }

  it.each(policies)("is the same for the same seed under policy $name, and another for another", (policy) => {
    expect(JSON.stringify(hourOf(1, policy))).toBe(JSON.stringify(hourOf(1, policy)));
    expect(JSON.stringify(hourOf(2, policy))).not.toBe(JSON.stringify(hourOf(1, policy)));
  });

  it("has the same handovers whatever the policy", () => {
    expect(new Set(policies.map((policy) => hourOf(1, policy).handovers)).size).toBe(1);
  });
});
