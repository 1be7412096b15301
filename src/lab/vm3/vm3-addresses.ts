import type { GuestAgent } from "../../guest/agent.js";
import type { CellClock } from "../cell-clock.js";
import { cloudlets, lanOf, type Place } from "../network/layout.js";

/** VM3's addresses as it is asked to take, advertise and drop them (thesis 3.2.1), from inside it. */

/** Replies leave by the interface whose address they carry, whatever the other LAN's routes say. */
export function sourceRouting(address: string, gateway: string, device: string, table: number): string[] {
  return [
    `rule add from ${address} lookup ${table}`,
    `route add default via ${gateway} dev ${device} onlink table ${table}`,
  ];
}

/**
 * Waits until VM3 is used from another network than the one it is in (thesis 3.2.1.1), as `ss` inside it tells.
 *
 * @returns the address of whoever uses it from there.
 */
export function untilForeignPeer(agent: GuestAgent, here: Place, clock: CellClock): Promise<string> {
  return clock.until(
    async () => {
      const listing = await agent.exec(["ss", "-tnH", "state", "established"]);
      return parsePeers(listing).find((address) => lanOf(address) !== cloudlets[here].lan);
    },
    { everyMs: 50, patienceMs: 60_000, otherwise: "VM3 saw no traffic from another network" },
  );
}

/** Whether VM3 has given a subflow from that address up: its kernel has heard of REMOVE_ADDR. */
export async function hasForgotten(agent: GuestAgent, address: string): Promise<boolean> {
  return !parsePeers(await agent.exec(["ss", "-tnH", "state", "established"])).includes(address);
}

/** Reads the peers of `ss -tnH`, each once. */
export function parsePeers(listing: string): string[] {
  const addresses = listing.split("\n").flatMap((line) => {
    const peer = line.trim().split(/\s+/)[3];
    const address = /^(?:\[::ffff:)?(\d+\.\d+\.\d+\.\d+)\]?:\d+$/.exec(peer ?? "")?.[1];
    return address === undefined ? [] : [address];
  });
  return [...new Set(addresses)];
}

/** eth1 takes its address in the next cloudlet's LAN and advertises it (ADD_ADDR, thesis 3.2.1.2). */
export async function adoptAddress(agent: GuestAgent, address: string, next: Place): Promise<void> {
  const { gateway } = cloudlets[next];
  await agent.exec(["ip", "-batch", "-"], {
    input: [
      "link set eth1 up",
      // Without a connected route: the LAN is not there yet, and would draw the replies to itself.
      `address add ${address}/24 dev eth1 noprefixroute`,
      ...sourceRouting(address, gateway, "eth1", 102),
      `route add ${lanOf(address)}.0/24 dev eth1 src ${address} table 102`,
      `mptcp endpoint add ${address} dev eth1 signal`,
    ].join("\n"),
  });
}

/** Advertises the next address once more, under a new id: ADD_ADDR of the first time was lost on the way. */
export async function advertiseAgain(agent: GuestAgent, address: string): Promise<void> {
  const endpoints = await agent.exec(["ip", "mptcp", "endpoint", "show"]);
  const id = new RegExp(`^${address.replaceAll(".", "\\.")} id (\\d+) `, "m").exec(endpoints)?.[1];
  if (id !== undefined) await agent.exec(["ip", "mptcp", "endpoint", "delete", "id", id]);
  await agent.exec(["ip", "mptcp", "endpoint", "add", address, "dev", "eth1", "signal"]);
}

/** The connection lives on the new address: the old one goes, and with it eth0 (Table 4.8). */
export async function dropOldAddress(agent: GuestAgent, address: string, next: Place): Promise<void> {
  await agent.exec(["ip", "-batch", "-"], {
    input: [
      // REMOVE_ADDR tells the device at once that the dead subflow may be given up and its data sent again.
      `mptcp endpoint delete id 0 ${address}`,
      `rule delete from ${address} lookup 101`,
      `address delete ${address}/24 dev eth0`,
      "link set eth0 down",
      `route replace default via ${cloudlets[next].gateway} dev eth1 onlink`,
    ].join("\n"),
  });
}
