import type { Profile } from "../../experiment/schema.js";
import type { Namespace } from "../../host/namespace.js";
import { accessNetworks, cloudlets, device, vm3, type Place } from "./layout.js";

/** The run's namespaces: the thesis's Linux host with its bridges, the two cloudlets and the device. */
export interface Namespaces {
  readonly host: Namespace;
  readonly vm1: Namespace;
  readonly vm2: Namespace;
  readonly vm4: Namespace;
}

/** The machines that namespaces are on, by the same names. */
export const hostsOf = ({ host, vm1, vm2, vm4 }: Namespaces) => ({
  host: host.host,
  vm1: vm1.host,
  vm2: vm2.host,
  vm4: vm4.host,
});

/** The three links of Fig. 4.1, each a bridge on the thesis's Linux host, and the 3G/4G network of Fig. 3.7. */
export const links = {
  wan: {
    bridge: "br0",
    ends: [
      ["vm1", "eth1"],
      ["vm2", "eth1"],
    ],
  },
  br1: {
    bridge: "br1",
    ends: [
      ["vm4", "eth0"],
      ["vm1", "eth0"],
    ],
  },
  br2: {
    bridge: "br2",
    ends: [
      ["vm4", "eth1"],
      ["vm2", "eth0"],
    ],
  },
  cellular: {
    bridge: "br4",
    ends: [
      ["vm4", "eth2"],
      ["vm1", "eth2"],
    ],
  },
} as const satisfies Record<string, { bridge: string; ends: readonly [LinkEnd, LinkEnd] }>;

export type LinkName = keyof typeof links;
/** Which machine, and its interface there. */
export type LinkEnd = readonly [machine: "vm1" | "vm2" | "vm4", interfaceName: string];

export const linkNames = Object.keys(links) as LinkName[];

/** The name of a link's end on the host's side, e.g. `wan-vm1`. */
export const hostPort = (link: LinkName, [machine]: LinkEnd) => `${link}-${machine}`;

/**
 * Addresses, bridges and routes of the cloudlets and the device, once their eth0 and eth1 exist.
 * VM3's taps are made beside each cloudlet's Br3, down to its last interface as in Fig. 4.1.
 */
export async function configureMachines(namespaces: Namespaces): Promise<void> {
  await Promise.all([
    configureCloudlet(namespaces.vm1, "vm1", "vm2"),
    configureCloudlet(namespaces.vm2, "vm2", "vm1"),
    configureDevice(namespaces.vm4),
  ]);
}

async function configureCloudlet(namespace: Namespace, place: Place, other: Place): Promise<void> {
  const here = cloudlets[place];
  const there = cloudlets[other];
  await namespace.ip(
    "link set lo up",
    `link add br3 address ${here.br3Mac} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
    "link set eth0 master br3",
    "link set eth0 up",
    "link set br3 up",
    `address add ${here.gateway}/24 dev br3`,
    `link set eth1 address ${here.wanMac}`,
    "link set eth1 up",
    `address add ${here.wanAddress}/24 dev eth1`,
    `route add ${there.lan}.0/24 via ${there.wanAddress}`,
    `neighbor replace ${there.wanAddress} lladdr ${there.wanMac} dev eth1 nud permanent`,
  );
  await namespace.sysctl({
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.all.send_redirects": "0",
  });
}

/** The cellular network's far end: a gateway on cloudlet 1, which routes to VM3. Safe to repeat. */
export async function configureCellular({ vm1, vm4 }: Namespaces): Promise<void> {
  const { gateway, interface: name, mac } = accessNetworks.cellular;
  await vm1.ip("link set eth2 up", `address replace ${gateway}/24 dev eth2`);
  await vm4.ip(`link set ${name} address ${mac}`);
}

/**
 * TCP of the migration stream. The congestion control stands on the route: as a sysctl, a namespace may
 * choose only what the host's tcp_allowed_congestion_control lists, and that is not ours to change.
 */
export async function configureCloudletTcp(
  namespace: Namespace,
  place: Place,
  tcp: Profile["tcp"],
): Promise<void> {
  const { wanAddress } = cloudlets[place];
  const congestionControl = tcp.congestionControl.value;
  await namespace.sysctl(tcpMemorySysctls(tcp));
  await namespace.ip(
    `route replace 134.117.64.0/24 dev eth1 proto kernel scope link src ${wanAddress} congctl ${congestionControl}`,
  );
}

export function tcpMemorySysctls(tcp: Profile["tcp"]): Record<string, string> {
  return {
    "net.ipv4.tcp_rmem": tcp.rmemBytes.value.join(" "),
    "net.ipv4.tcp_wmem": tcp.wmemBytes.value.join(" "),
  };
}

async function configureDevice(namespace: Namespace): Promise<void> {
  await namespace.ip(
    "link set lo up",
    `link set eth0 address ${device.vm1.mac}`,
    `link set eth1 address ${device.vm2.mac}`,
  );
  await namespace.sysctl({ "net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.default.rp_filter": "0" });
}

/** VM3's two taps on a cloudlet's Br3, before its QEMU opens them there. */
export async function makeVm3Taps(namespace: Namespace): Promise<void> {
  await namespace.ip(
    ...[vm3.eth0.tap, vm3.eth1.tap].flatMap((tap) => [
      `tuntap add dev ${tap} mode tap vnet_hdr`,
      `link set ${tap} master br3`,
      // What is sent to VM3 before it has arrived waits here. The SYN of the join is the first of it; a longer
      // queue would only hold seconds of probes, for VM3 to answer all at once when it wakes up.
      `link set ${tap} txqueuelen 128 up`,
    ]),
  );
}

/** Taps of a QEMU that is gone; the next one opens new ones. */
export async function removeVm3Taps(namespace: Namespace): Promise<void> {
  for (const tap of [vm3.eth0.tap, vm3.eth1.tap]) {
    await namespace.exec(["ip", "link", "delete", tap], { accept: [1] });
  }
}

/** Links made on the host itself: veth pairs into one bridge each, shaped where packets leave a machine. */
export async function makeHostLinks(namespaces: Namespaces): Promise<void> {
  for (const link of linkNames) {
    const { bridge, ends } = links[link];
    await namespaces.host.ip(`link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`);
    for (const end of ends) {
      const [machine, name] = end;
      const port = hostPort(link, end);
      await namespaces.host.ip(
        `link add ${port} type veth peer name ${name} netns ${namespaces[machine].name}`,
        `link set ${port} master ${bridge}`,
        `link set ${port} up`,
      );
    }
    await namespaces.host.ip(`link set ${bridge} up`);
  }
}
