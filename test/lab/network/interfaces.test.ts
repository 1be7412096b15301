import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differences, interfaceTables } from "../../../src/run/scenario/interface-tables.js";
import { parseAddresses, parseInterfaces } from "../../../src/lab/network/interfaces.js";
import { fixture } from "../../fixtures/fixture.js";

const captured = fixture("ip-j-address-show-iproute2-6.1.json");
const [lan1, lan2] = ["10.1.1", "10.1.2"];

/** One entry of `ip -j address show`, as far as it matters. */
const entry = (ifname: string, up: boolean, ...addresses: string[]) => ({
  ifname,
  flags: up ? ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"] : ["BROADCAST", "MULTICAST"],
  addr_info: addresses.map((local) => ({
    family: local.includes(":") ? "inet6" : "inet",
    local,
    prefixlen: 24,
  })),
});
const show = (...entries: ReturnType<typeof entry>[]) => JSON.stringify(entries);

describe("parseInterfaces", () => {
  it("reads VM4 on cloudlet 2 as captured: the table's rows, not lo nor IPv6", () => {
    expect(parseInterfaces(captured, "VM4", [lan1, lan2])).toEqual([
      { vm: "VM4", interface: "eth0", state: "DOWN", address: null },
      { vm: "VM4", interface: "eth1", state: "UP", address: "10.1.2.18/24" },
    ]);
  });

  it.each(["5.9", "6.15"])("finds no more than lo in what iproute2 %s shows of it", (version) => {
    const loopback = fixture(`ip-j-address-show-iproute2-${version}-loopback.json`);
    expect(parseInterfaces(loopback, "VM4", [lan1]).map(({ state }) => state)).toEqual(["DOWN", "DOWN"]);
    expect(parseAddresses(loopback)).toEqual([]);
  });

  /** What VM3 and VM4 show at each step of the handover, and where VM3 then is. */
  const steps = {
    "4.5": {
      vm3: show(entry("eth0", true, "10.1.1.15"), entry("eth1", false)),
      vm4: show(entry("eth0", true, "10.1.1.14"), entry("eth1", false)),
      here: lan1,
    },
    "4.6": {
      vm3: show(entry("eth0", true, "10.1.1.15"), entry("eth1", false)),
      vm4: show(entry("eth0", false), entry("eth1", true, "fe80::1", "10.1.2.18")),
      here: lan1,
    },
    "4.7": {
      vm3: show(entry("eth0", true, "10.1.1.15"), entry("eth1", true, "10.1.2.19")),
      vm4: show(entry("eth0", false), entry("eth1", true, "10.1.2.18")),
      here: lan1,
    },
    "4.8": {
      vm3: show(entry("eth0", false), entry("eth1", true, "10.1.2.19")),
      vm4: show(entry("eth0", false), entry("eth1", true, "10.1.2.18")),
      here: lan2,
    },
  } as const;

  it.each(Object.keys(interfaceTables) as (keyof typeof steps)[])("recognises Table %s", (number) => {
    const { vm3, vm4, here } = steps[number];
    const found = [...parseInterfaces(vm3, "VM3", [here]), ...parseInterfaces(vm4, "VM4", [lan1, lan2])];
    expect(found).toEqual(interfaceTables[number]);
    expect(differences(number, found)).toEqual([]);
  });

  it("calls an address of a LAN that is elsewhere inactive, before the migration and after it", () => {
    const both = show(entry("eth0", true, "10.1.1.15"), entry("eth1", true, "10.1.2.19"));
    const states = (here: string) => parseInterfaces(both, "VM3", [here]).map(({ state }) => state);
    expect(states(lan1)).toEqual(["UP", "UP (inactive)"]);
    expect(states(lan2)).toEqual(["UP (inactive)", "UP"]);
  });

  it("shows an address that is left on an interface that is down, and an interface that is up without one", () => {
    const odd = show(entry("eth0", false, "10.1.1.14"), entry("eth1", true));
    expect(parseInterfaces(odd, "VM4", [lan1])).toEqual([
      { vm: "VM4", interface: "eth0", state: "DOWN", address: "10.1.1.14/24" },
      { vm: "VM4", interface: "eth1", state: "UP", address: null },
    ]);
  });

  it("calls an interface that is not there down", () => {
    expect(parseInterfaces("[]", "VM3", [lan1]).map(({ state }) => state)).toEqual(["DOWN", "DOWN"]);
  });

  it("refuses what ip did not write, rather than calling it down", () => {
    fc.assert(
      fc.property(fc.nat(captured.trimEnd().length - 1), (length) => {
        expect(() => parseInterfaces(captured.slice(0, length), "VM4", [lan1])).toThrow();
      }),
    );
    expect(() => parseInterfaces('[{"ifname": 7}]', "VM4", [lan1])).toThrow();
  });
});

describe("parseAddresses", () => {
  it("lists IPv4 addresses by interface, without the loopback's", () => {
    expect(parseAddresses(captured)).toEqual(["eth1 10.1.2.18/24"]);
    expect(
      parseAddresses(show(entry("br3", true, "10.1.1.1"), entry("eth1", true, "134.117.64.1", "::1"))),
    ).toEqual(["br3 10.1.1.1/24", "eth1 134.117.64.1/24"]);
  });
});
