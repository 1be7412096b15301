import type { Namespace } from "../../host/namespace.js";
import { type AccessNetwork, EventName } from "../../record/schema.js";
import type { DeviceNetworks, SubflowPriority } from "../../testbed/contract.js";
import { accessNetworks } from "./layout.js";

/** What the device's moves need of the cell around them. */
interface Surroundings {
  readonly vm4: Namespace;
  /** Waits until every connection has an established subflow from this address. */
  readonly untilJoined: (address: string) => Promise<void>;
  /** Does it, again if need be, until VM3 has given up its subflows to this address. */
  readonly untilForgotten: (address: string, withdraw: () => Promise<void>) => Promise<void>;
  readonly note: (name: string, source: string, detail: Record<string, unknown>) => void;
}

/** The device's interfaces and MPTCP endpoints under iproute2 (ip-mptcp(8)), with a routing table for each network. */
export class LabDeviceNetworks implements DeviceNetworks {
  private readonly entered = new Set<AccessNetwork>();

  constructor(private readonly around: Surroundings) {}

  /** The device is in the first Wi-Fi network already. */
  begin(): void {
    this.note(EventName.NetworkEntered, "wifi1");
  }

  async enter(network: AccessNetwork): Promise<void> {
    const { interface: name, address, gateway, table } = settingsOf(network);
    this.entered.add(network);
    this.note(EventName.NetworkEntered, network);
    await this.around.vm4.ip(
      `link set ${name} up`,
      `address add ${address}/24 dev ${name} noprefixroute`,
      `rule add from ${address} lookup ${table}`,
      `route add default via ${gateway} dev ${name} onlink table ${table}`,
    );
  }

  async leave(network: AccessNetwork): Promise<void> {
    const { interface: name, address, table } = settingsOf(network);
    this.note(EventName.NetworkLeft, network);
    await this.around.vm4.ip(`link set ${name} down`, `address delete ${address}/24 dev ${name}`);
    if (this.entered.delete(network)) await this.around.vm4.ip(`rule delete from ${address} lookup ${table}`);
  }

  async join(network: AccessNetwork, priority: SubflowPriority): Promise<void> {
    const { interface: name, address, endpointId } = settingsOf(network);
    const flags = priority === "backup" ? "subflow backup" : "subflow";
    await this.around.vm4.ip(`mptcp endpoint add ${address} dev ${name} id ${endpointId} ${flags}`);
    await this.around.untilJoined(address);
    this.note(EventName.SubflowJoined, network, { priority });
  }

  async withdraw(network: AccessNetwork): Promise<void> {
    const { address } = settingsOf(network);
    this.note(EventName.SubflowWithdrawn, network);
    await this.around.untilForgotten(address, () => this.deleteEndpoint(network));
  }

  async abandon(network: AccessNetwork): Promise<void> {
    this.note(EventName.SubflowWithdrawn, network);
    await this.deleteEndpoint(network);
  }

  async prioritise(network: AccessNetwork, priority: SubflowPriority): Promise<void> {
    const { endpointId } = settingsOf(network);
    const flag = priority === "backup" ? "backup" : "nobackup";
    this.note(EventName.PriorityChanged, network, { priority });
    await this.around.vm4.ip(`mptcp endpoint change id ${endpointId} ${flag}`);
  }

  /** Leaves whatever the cell has entered; endpoints and addresses of the cloudlets' LANs go with the cell. */
  async clear(): Promise<void> {
    for (const network of this.entered) await this.leave(network);
  }

  private async deleteEndpoint(network: AccessNetwork): Promise<void> {
    const { address, endpointId } = settingsOf(network);
    await this.around.vm4.ip(
      `mptcp endpoint delete id ${endpointId}${endpointId === 0 ? ` ${address}` : ""}`,
    );
  }

  private note(name: string, network: AccessNetwork, more: Record<string, unknown> = {}): void {
    this.around.note(name, "device", { network, address: accessNetworks[network].address, ...more });
  }
}

/** Numbers of the routing tables from here on are nobody else's. */
const FIRST_TABLE = 200;

const settingsOf = (network: AccessNetwork) => {
  const settings = accessNetworks[network];
  return { ...settings, table: FIRST_TABLE + settings.endpointId };
};
