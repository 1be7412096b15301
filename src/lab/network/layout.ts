import type { Flow } from "../../experiment/schema.js";
import type { AccessNetwork } from "../../record/schema.js";
import type { PingSample } from "../../record/series.js";

/**
 * Who is where: the thesis's Fig. 4.1 and Tables 4.4 to 4.8 as constants. The addresses exist only
 * inside the namespaces of a run.
 */

export type Place = "vm1" | "vm2";

export const otherPlace = (place: Place): Place => (place === "vm1" ? "vm2" : "vm1");

export const cloudlets = {
  vm1: {
    lan: "10.1.1",
    gateway: "10.1.1.1",
    br3Mac: "02:c1:00:00:01:01",
    wanAddress: "134.117.64.1",
    wanMac: "02:c1:00:00:00:01",
  },
  vm2: {
    lan: "10.1.2",
    gateway: "10.1.2.1",
    br3Mac: "02:c1:00:00:02:01",
    wanAddress: "134.117.64.2",
    wanMac: "02:c1:00:00:00:02",
  },
} as const;

/** VM4, the mobile device: an even address in each cloudlet's LAN (thesis 3.2.1.1). */
export const device = {
  vm1: { interface: "eth0", address: "10.1.1.14", mac: "02:c1:00:00:04:00" },
  vm2: { interface: "eth1", address: "10.1.2.18", mac: "02:c1:00:00:04:01" },
} as const;

/**
 * The device's interface in each network of thesis Figs 3.4 to 3.7, and the id of its MPTCP endpoint there: 0 is that
 * of the address which the connection was opened from. The Wi-Fi networks are the LANs of the cloudlets.
 */
export const accessNetworks = {
  wifi1: { ...device.vm1, gateway: cloudlets.vm1.gateway, endpointId: 0 },
  wifi2: { ...device.vm2, gateway: cloudlets.vm2.gateway, endpointId: 2 },
  cellular: {
    interface: "eth2",
    address: "10.1.3.22",
    mac: "02:c1:00:00:04:02",
    gateway: "10.1.3.1",
    endpointId: 3,
  },
} as const satisfies Record<AccessNetwork, unknown>;

/** VM3, the migrating VM: one interface in use, the other for the next cloudlet (thesis Table 3.1). */
export const vm3 = {
  eth0: { tap: "vm3eth0", mac: "02:c1:00:00:03:00" },
  eth1: { tap: "vm3eth1", mac: "02:c1:00:00:03:01" },
  initialAddress: "10.1.1.15",
} as const;

/** Where the migration stream arrives at the destination cloudlet. */
export const MIGRATION_PORT = 49152;
/** Where iperf3 listens: in VM3, and on cloudlet 1 for the flow between the cloudlets. */
export const IPERF_PORT = 5201;

/** Where each iperf flow runs from and to while nothing has moved, and what a ping along it is recorded as. */
export const flowEnds = {
  device: { client: "vm4", server: vm3.initialAddress, pinged: "old" },
  cloudlets: { client: "vm2", server: cloudlets.vm1.wanAddress, pinged: "vm1" },
} as const satisfies Record<Flow, { client: "vm2" | "vm4"; server: string; pinged: PingSample["address"] }>;

/** First three octets: the LAN that an address belongs to, all of them being /24. */
export const lanOf = (address: string) => address.split(".").slice(0, 3).join(".");
