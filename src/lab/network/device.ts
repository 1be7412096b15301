import type { Profile } from "../../experiment/schema.js";
import type { Namespace } from "../../host/namespace.js";
import { cloudlets, device, vm3 } from "./layout.js";
import { tcpMemorySysctls } from "./topology.js";

/** VM4's network stack before the first connection: TCP as the profile says, MPTCP ready to follow a move. */
export async function configureStack(namespace: Namespace, profile: Profile): Promise<void> {
  await namespace.sysctl({
    ...tcpMemorySysctls(profile.tcp),
    "net.mptcp.enabled": "1",
  });
  await namespace.ip("mptcp limits set subflows 8 add_addr_accepted 8");
  // Linux 6.5 and later; on earlier kernels SYNs back off from the first retry.
  const setting = `net.ipv4.tcp_syn_linear_timeouts=${profile.handover.synLinearTimeouts.value}`;
  await namespace.exec(["sysctl", "-q", "-e", "-w", setting]);
}

/** Table 4.5: VM4 beside cloudlet 1. */
export async function attachFirst(namespace: Namespace): Promise<void> {
  const { interface: name, address } = device.vm1;
  await namespace.ip(
    `link set ${name} up`,
    `address add ${address}/24 dev ${name}`,
    `route add default via ${cloudlets.vm1.gateway}`,
  );
}

/** VM4 leaves cloudlet 1's range. */
export async function detachFirst(namespace: Namespace): Promise<void> {
  const { interface: name, address } = device.vm1;
  await namespace.ip(`link set ${name} down`, `address delete ${address}/24 dev ${name}`);
}

/**
 * VM4 arrives at cloudlet 2 (Table 4.6): a subflow over the WAN joins the connection, and REMOVE_ADDR
 * tells VM3 that the first one is dead, or VM3 would announce its next address on it and wait
 * net.mptcp.add_addr_timeout for an answer.
 */
export async function attachSecond(namespace: Namespace, nextAddress: string): Promise<void> {
  const { interface: name, address } = device.vm2;
  await namespace.ip(
    `link set ${name} up`,
    `address add ${address}/24 dev ${name}`,
    `route add default via ${cloudlets.vm2.gateway}`,
    // VM3's next address is known beforehand (thesis 3.2.1.1) but nobody answers ARP for it yet. A SYN that
    // meets a failed ARP is given up for good; one that is swallowed is sent again until VM3 has arrived.
    `neighbor replace ${nextAddress} lladdr ${vm3.eth1.mac} dev ${name} nud permanent`,
    `mptcp endpoint add ${address} dev ${name} subflow`,
  );
}

/** Withdraws the address that the connection was opened from; needs the new subflow to travel on. */
export async function withdrawFirstAddress(namespace: Namespace): Promise<void> {
  await namespace.ip(`mptcp endpoint delete id 0 ${device.vm1.address}`);
}

/** As before the first attachment: no addresses, no endpoints, both interfaces down, no connection left. */
export async function clearDevice(namespace: Namespace): Promise<void> {
  await namespace.ip(
    "mptcp endpoint flush",
    ...(["eth0", "eth1"] as const).flatMap((name) => [
      `address flush dev ${name}`,
      `neighbor flush dev ${name} nud permanent`,
      `link set ${name} down`,
    ]),
  );
  // Subflows of the last cell would go on sending; needs CONFIG_INET_DIAG_DESTROY, and does without.
  await namespace.exec(["ss", "-K", "dst", "10.1.0.0/16"], { accept: [1, 255] });
}
