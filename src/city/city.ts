import { COST_WEIGHTS, newServiceCostS } from "../decision/experience-cost.js";
import { responseClassOf } from "../paper/response-class.js";
import type { CloudletMap } from "./cloudlet-map.js";
import { type Leg, motionOn, type Walk } from "./leg.js";
import type { Policy } from "./policy.js";
import type { SharedWan, VirtualMachine } from "./shared-wan.js";

/** A migration that has taken so long is given up, s. */
const LONGEST_MIGRATION_S = 600;
/** How long a VM waits where it went early for a device that was expected, s. */
const PATIENCE_S = 30;

export interface Walker {
  readonly walk: Walk;
  readonly vm: VirtualMachine;
}

export interface CityHour {
  readonly policy: string;
  readonly handovers: number;
  readonly migrations: number;
  readonly newServices: number;
  readonly cancelled: number;
  /** Migrations that began before the device had left, and those of them whose device went where it was expected. */
  readonly startedEarly: number;
  readonly foreseen: number;
  readonly meanMigrationS: number;
  readonly wanBytes: number;
  readonly wastedBytes: number;
  /** Time in which devices reached their VM through the WAN, and that of it above 150 ms, s, all devices together. */
  readonly throughWanS: number;
  readonly aboveCrispS: number;
  readonly withoutServiceS: number;
  /** Mean over the devices (src/decision/experience-cost.ts), s. */
  readonly costS: number;
  /** At the end of each minute: mean cost so far, and migrations under way. */
  readonly minutes: readonly { readonly costS: number; readonly underWay: number }[];
}

interface User {
  readonly walk: Walk;
  readonly vm: VirtualMachine;
  leg: Leg;
  at: number;
  vmAt: number;
  state: "served" | "migrating" | "starting";
  /** After an early start, until the device has come or is no longer expected. */
  expectation: Expectation | null;
}

interface Expectation {
  readonly from: number;
  readonly to: number;
  readonly untilS: number;
}

interface Migration {
  readonly user: User;
  readonly from: number;
  readonly to: number;
  readonly startS: number;
  progress: number;
  bytes: number;
}

type Event = () => void;

/**
 * Devices that walk, and VMs that come after them as a policy decides. Time goes in seconds; within one, migrations share the WAN as
 * they did at its beginning. Progress of a migration is the share of its time as estimated for the present share.
 *
 * @param durationS whole seconds.
 */
export function cityHour(
  walkers: readonly Walker[],
  map: CloudletMap,
  wan: SharedWan,
  policy: Policy,
  { durationS, serviceInitiationS }: { readonly durationS: number; readonly serviceInitiationS: number },
): CityHour {
  const due: Event[][] = Array.from({ length: durationS }, () => []);
  const underWay = new Set<Migration>();
  const count = { handovers: 0, migrations: 0, newServices: 0, cancelled: 0, startedEarly: 0, foreseen: 0 };
  const sum = {
    costS: 0,
    migratingS: 0,
    wanBytes: 0,
    wastedBytes: 0,
    throughWanS: 0,
    aboveCrispS: 0,
    withoutS: 0,
  };
  let nowS = 0;

  const schedule = (atS: number, event: Event): void => {
    due[Math.max(nowS + 1, Math.ceil(atS))]?.push(event);
  };
  const waste = (bytes: number): void => {
    sum.wastedBytes += bytes;
    sum.costS += newServiceCostS(0, bytes);
  };
  const withoutService = (seconds: number): void => {
    sum.withoutS += seconds;
    sum.costS += COST_WEIGHTS.perStalledSecond * seconds;
  };

  function look(user: User): void {
    while (user.leg.endS <= nowS) {
      const { value } = user.walk.next();
      if (value === undefined) {
        const { toX, toY } = user.leg;
        user.leg = { startS: nowS, endS: Infinity, fromX: toX, fromY: toY, toX, toY };
      } else user.leg = value;
    }
    const motion = motionOn(user.leg, nowS);
    const { cloudlet, next, inS } = map.courseOf(motion);
    if (cloudlet !== user.at) {
      user.at = cloudlet;
      count.handovers++;
      follow(user);
    }
    schedule(Math.min(nowS + inS, user.leg.endS), () => {
      look(user);
    });
    if (policy.early && next !== null) foresee(user, next, nowS + inS);
  }

  function follow(user: User): void {
    if (user.state !== "served") return;
    const { expectation } = user;
    if (user.at === user.vmAt) {
      if (expectation?.to === user.at) count.foreseen++;
      user.expectation = null;
      return;
    }
    if (expectation?.to === user.vmAt && expectation.from === user.at && nowS < expectation.untilS) return;
    const rttMs = map.rttMs(user.at, user.vmAt);
    const estimate = wan.ifStarted(user.vm, user.vmAt, user.at, rttMs);
    const load = wan.load(user.vmAt, user.at);
    if (policy.migrates(estimate, rttMs, serviceInitiationS, load)) migrate(user, user.at);
    else startAnew(user);
  }

  /** Starts so early that the VM is there when the device is, if it keeps to its course. */
  function foresee(user: User, next: number, crossingS: number): void {
    const rttMs = map.rttMs(user.at, next);
    const { at, leg } = user;
    const estimate = wan.ifStarted(user.vm, at, next, rttMs);
    if (estimate.kind === "endless") return;
    if (!policy.migrates(estimate, rttMs, serviceInitiationS, wan.load(at, next))) return;
    schedule(crossingS - estimate.totalTimeS.value, () => {
      const asForeseen = user.state === "served" && user.at === at && user.vmAt === at && user.leg === leg;
      if (!asForeseen) return;
      count.startedEarly++;
      user.expectation = { from: at, to: next, untilS: crossingS + PATIENCE_S };
      migrate(user, next);
    });
  }

  function migrate(user: User, to: number): void {
    user.state = "migrating";
    count.migrations++;
    wan.occupy(user.vmAt, to);
    underWay.add({ user, from: user.vmAt, to, startS: nowS, progress: 0, bytes: 0 });
  }

  function startAnew(user: User): void {
    const { at } = user;
    user.state = "starting";
    user.expectation = null;
    count.newServices++;
    withoutService(Math.min(serviceInitiationS, durationS - nowS));
    schedule(nowS + serviceInitiationS, () => {
      user.state = "served";
      user.vmAt = at;
      follow(user);
    });
  }

  function advance(migration: Migration): void {
    const { user, from, to, startS } = migration;
    const rttMs = map.rttMs(from, to);
    const estimate = wan.underWay(user.vm, from, to, rttMs);
    const path = estimate.kind === "endless" ? estimate.path : estimate.closedForm.path;
    const share = estimate.kind === "endless" ? 0 : 1 / estimate.totalTimeS.value;
    const seconds = Math.min(1, share === 0 ? 1 : (1 - migration.progress) / share);
    migration.progress += share * seconds;
    migration.bytes += path.rateBytesPerS * seconds;
    if (user.at !== from) {
      const deltaRttMs = estimate.kind === "endless" ? path.rttMs - rttMs : estimate.deltaRttMs.value;
      const duringMs = map.rttMs(from, user.at) + deltaRttMs;
      const weight = COST_WEIGHTS.perSecond[responseClassOf(duringMs)];
      sum.costS += weight * seconds;
      if (weight > 0) sum.aboveCrispS += seconds;
    }
    const ended = migration.progress >= 1 - 1e-9;
    if (!ended && nowS - startS < LONGEST_MIGRATION_S) return;
    underWay.delete(migration);
    wan.release(from, to);
    sum.wanBytes += migration.bytes;
    sum.migratingS += nowS + seconds - startS;
    user.state = "served";
    if (!ended || estimate.kind === "endless") {
      count.cancelled++;
      user.expectation = null;
      waste(migration.bytes);
      if (user.at !== user.vmAt) startAnew(user);
      return;
    }
    user.vmAt = to;
    withoutService(estimate.downtimeMs.value / 1000);
    const { expectation } = user;
    follow(user);
    if (expectation === null || user.expectation !== expectation) return;
    schedule(expectation.untilS, () => {
      if (user.expectation !== expectation) return;
      user.expectation = null;
      waste(migration.bytes);
      follow(user);
    });
  }

  const users: User[] = walkers.map(({ walk, vm }) => {
    const first = walk.next().value;
    if (first === undefined) throw new RangeError("a walk without a leg");
    const { cloudlet } = map.courseOf(motionOn(first, 0));
    return {
      walk,
      vm,
      leg: first,
      at: cloudlet,
      vmAt: cloudlet,
      state: "served",
      expectation: null,
    };
  });
  const minutes: { costS: number; underWay: number }[] = [];
  for (const user of users) look(user);
  for (; nowS < durationS; nowS++) {
    for (const event of due[nowS] ?? []) event();
    due[nowS] = [];
    for (const migration of [...underWay]) advance(migration);
    for (const user of users) {
      if (user.at !== user.vmAt && user.state !== "starting") sum.throughWanS++;
    }
    if ((nowS + 1) % 60 === 0) minutes.push({ costS: sum.costS / users.length, underWay: underWay.size });
  }
  return {
    policy: policy.name,
    ...count,
    meanMigrationS:
      count.migrations === underWay.size ? 0 : sum.migratingS / (count.migrations - underWay.size),
    wanBytes: sum.wanBytes,
    wastedBytes: sum.wastedBytes,
    throughWanS: sum.throughWanS,
    aboveCrispS: sum.aboveCrispS,
    withoutServiceS: sum.withoutS,
    costS: sum.costS / users.length,
    minutes,
  };
}
