import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { advertise, joined, migrated, settled } from "../../src/address-plan/interface-roles.js";
import { lease, leasesOf, release } from "../../src/address-plan/lease.js";
import { locatedAt, observe, settledAt, type Verdict } from "../../src/address-plan/location-identifier.js";
import { nextOddAddress } from "../../src/address-plan/next-odd-address.js";
import { type AddressPair, type AddressPlan, readAddressPlan } from "../../src/address-plan/plan.js";
import { addressText } from "../../src/address-plan/prefix.js";
import { walk } from "../../src/address-plan/walk.js";
import type { Running } from "../../src/host/process.js";
import { counterGrowth, sameConnectionFindings } from "../../src/probe/mptcp.js";
import { machineState } from "../real/machine-state.js";
import { requireNetns } from "../real/require-testbed.js";
import { ThreeCloudlets } from "./three-cloudlets.js";

const PORT = 5201;
/** iperf3 has a control connection and one for data; both must follow. */
const CONNECTIONS = 2;
const ROUTE = ["C1", "C2", "C3", "C1"];

async function eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`not within 30 s: ${what}`);
    await sleep(50);
  }
}

/** What the location identifier makes of the packets that reach the VM. */
class Watch {
  private state;
  private readonly triggers: (Verdict & { kind: "trigger" })[] = [];

  constructor(
    private readonly plan: AddressPlan,
    home: string,
    packets: Running,
  ) {
    this.state = locatedAt(home, 0);
    void this.read(packets);
  }

  private async read(packets: Running): Promise<void> {
    for await (const line of packets.lines) {
      const [, seconds, source = ""] = /^(\d+\.\d+) .* IP (\d+\.\d+\.\d+\.\d+)\.\d+ > /.exec(line) ?? [];
      if (seconds === undefined) continue;
      // tcpdump sorts nothing: packets of two interfaces may come a little out of turn.
      const tMs = Math.max(Number(seconds) * 1000, this.state.lastMs);
      const { state, verdict } = observe(this.state, { tMs, source }, this.plan.cloudlets);
      this.state = state;
      if (verdict.kind === "trigger") this.triggers.push(verdict);
    }
  }

  /** The trigger that moves the VM; there is no other. */
  async trigger() {
    const found = await eventually("a trigger", () => this.triggers.at(0));
    this.triggers.shift();
    return found;
  }

  settled(home: string): void {
    this.state = settledAt(this.state, home);
  }

  get untaken(): number {
    return this.triggers.length;
  }
}

beforeEach(requireNetns());

it("one MPTCP connection outlives C1 → C2 → C3 → C1, the VM's interfaces trading roles", async () => {
  const before = await machineState();
  const plan = await readAddressPlan("experiments/address-plans/thesis.yaml");
  const steps = walk(plan, ROUTE);
  const leases = new Map(plan.cloudlets.map((cloudlet) => [cloudlet.name, leasesOf(cloudlet)]));
  const leasesAt = (name: string) => leases.get(name) ?? expect.fail(`no cloudlet ${name}`);
  const take = (name: string): AddressPair => {
    const taken = lease(leasesAt(name));
    leases.set(name, taken.leases);
    return taken.pair;
  };

  const running: Running[] = [];
  const net = await ThreeCloudlets.make(plan, `walk${process.pid}`);
  try {
    const untilJoined = (local: string, remote: string) =>
      eventually(`subflows ${local} → ${remote}`, async () => {
        const found = (await net.subflows(PORT)).filter(
          (each) => each.local === local && each.remote === remote && each.fullyEstablished,
        );
        return found.length === CONNECTIONS ? found : undefined;
      });
    const untilDataFlows = (local: string, remote: string) =>
      eventually(`data ${local} → ${remote}`, async () => {
        const sent = (await untilJoined(local, remote)).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
        return sent > 500_000 ? true : undefined;
      });

    let [here = ""] = ROUTE;
    let pair = take(here);
    let [deviceAddress, roles] = [addressText(pair.device), settled(addressText(pair.vm))];
    await net.attachDevice(here, deviceAddress);
    await net.giveVm(roles.inUse, roles.address, here);
    await net.expectVm(roles.inUse, roles.address);
    const packets = net.vm.spawn([
      ...(["tcpdump", "-i", "any", "-n", "-l", "-tt"] as const),
      ...["-Q", "in", `tcp and dst port ${PORT}`],
    ]);
    const watch = new Watch(plan, here, packets);
    running.push(packets);
    running.push(net.vm.spawn(["mptcpize", "run", "iperf3", "--server"], { discardOutput: true }));
    await eventually("a server", async () =>
      (await net.vm.exec(["ss", "-tlnH", "sport", "=", `:${PORT}`])) === "" ? undefined : true,
    );
    const countersBefore = await net.counters();
    running.push(
      net.device.spawn(
        [
          ...(["mptcpize", "run", "iperf3", "--client", roles.address, "--port", String(PORT)] as const),
          ...["--time", "0", "--bitrate", "5M", "--length", "4K"],
        ],
        { discardOutput: true },
      ),
    );
    await untilDataFlows(deviceAddress, roles.address);
    const tokensOf = async () => [...new Set((await net.subflows(PORT)).map(({ token }) => token))].sort();
    const tokens = await tokensOf();
    expect(tokens).toHaveLength(CONNECTIONS);
    expect(await net.vmAddresses()).toEqual({ eth0: steps[0]?.eth0, eth1: steps[0]?.eth1 });

    for (const [index, next] of ROUTE.slice(1).entries()) {
      const move = index + 1;
      // The address of the connection's beginning has id 0; each later one the number of its move.
      const withdrawn = (address: string) => (index === 0 ? `id 0 ${address}` : `id ${index}`);
      const shownAt = (phase: number) => {
        const { eth0, eth1 } = steps[1 + 3 * index + phase] ?? expect.fail("no step");
        return { eth0, eth1 };
      };
      const nextPair = take(next);
      const nextDevice = addressText(nextPair.device);
      await net.attachDevice(next, nextDevice);
      await net.device.ip(`mptcp endpoint add ${nextDevice} dev wlan0 id ${move} subflow fullmesh`);
      await untilJoined(nextDevice, roles.address);
      await net.device.ip(`mptcp endpoint delete ${withdrawn(deviceAddress)}`);
      deviceAddress = nextDevice;

      const trigger = await watch.trigger();
      expect(trigger).toMatchObject({ cloudlet: next, deviceAddress });
      const advertised = advertise(roles, nextOddAddress(trigger.deviceAddress));
      expect(advertised.nextAddress).toBe(addressText(nextPair.vm));
      const moved = migrated(advertised);
      await net.expectVm(moved.inUse, moved.address);
      await net.giveVm(moved.inUse, moved.address, next);
      await net.vm.ip(`mptcp endpoint add ${moved.address} dev ${moved.inUse} id ${move} signal`);
      expect(await net.vmAddresses()).toEqual(shownAt(0));

      await net.migrateVm(next);
      await untilJoined(deviceAddress, moved.address);
      expect(await net.vmAddresses()).toEqual(shownAt(1));
      await net.vm.ip(`mptcp endpoint delete ${withdrawn(moved.oldAddress)}`);
      await net.takeFromVm(roles.inUse, moved.oldAddress);
      roles = joined(moved);
      expect(await net.vmAddresses()).toEqual(shownAt(2));
      await untilDataFlows(deviceAddress, roles.address);
      expect(await tokensOf()).toEqual(tokens);

      watch.settled(next);
      leases.set(here, release(leasesAt(here), pair));
      [here, pair] = [next, nextPair];
    }
    expect(watch.untaken).toBe(0);
    const findings = sameConnectionFindings({
      tokenBefore: tokens.join(),
      tokenAfter: (await tokensOf()).join(),
      growth: counterGrowth(countersBefore, await net.counters()),
      connections: CONNECTIONS,
      countsRemoveAddr: true,
    });
    expect(findings).toEqual([]);
  } finally {
    for (const each of running.toReversed()) await each.stop(500);
    await net[Symbol.asyncDispose]();
  }
  expect(await machineState()).toEqual(before);
});
