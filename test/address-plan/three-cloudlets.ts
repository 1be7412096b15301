import { addressText, prefixText } from "../../src/address-plan/prefix.js";
import type { VmInterface } from "../../src/address-plan/interface-roles.js";
import type { AddressPlan, PlannedCloudlet } from "../../src/address-plan/plan.js";
import { localHost } from "../../src/host/local-host.js";
import { Namespace } from "../../src/host/namespace.js";
import { sourceRouting } from "../../src/lab/vm3/vm3-addresses.js";
import { parseCounters, parseSubflows, type Subflow } from "../../src/probe/mptcp.js";

const BRIDGE = "type bridge forward_delay 0 stp_state 0 mcast_snooping 0";
const wanAddress = (index: number) => `192.0.2.${index + 1}`;

/** Fixed: the device must be able to send to the VM before it has arrived. */
const macs: Record<VmInterface, string> = { eth0: "02:c1:00:00:03:00", eth1: "02:c1:00:00:03:01" };
const tables: Record<VmInterface, number> = { eth0: 101, eth1: 102 };
const vmInterfaces = ["eth0", "eth1"] as const;

/**
 * Cloudlets of an address plan as network namespaces, each with a LAN, all on one WAN; a device and a VM that move
 * from LAN to LAN. The VM is a namespace as well: it moves in an instant, and what is tested is its addresses.
 */
export class ThreeCloudlets implements AsyncDisposable {
  readonly device: Namespace;
  readonly vm: Namespace;
  private readonly wan: Namespace;
  private readonly cloudlets: ReadonlyMap<
    string,
    { readonly planned: PlannedCloudlet; readonly namespace: Namespace }
  >;
  private deviceAt: string | undefined;
  private vmAt: string | undefined;

  private constructor(plan: AddressPlan, runId: string) {
    const namespace = (name: string) => new Namespace(`cloudlet-${runId}-${name}`, localHost);
    this.device = namespace("device");
    this.vm = namespace("vm");
    this.wan = namespace("wan");
    this.cloudlets = new Map(
      plan.cloudlets.map((planned) => [planned.name, { planned, namespace: namespace(planned.name) }]),
    );
  }

  static async make(plan: AddressPlan, runId: string): Promise<ThreeCloudlets> {
    const made = new ThreeCloudlets(plan, runId);
    try {
      for (const namespace of made.namespaces) await namespace.create();
      await made.connect();
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.namespaces) await namespace.delete().catch(() => undefined);
  }

  private get namespaces(): Namespace[] {
    return [
      this.wan,
      ...[...this.cloudlets.values()].map(({ namespace }) => namespace),
      this.device,
      this.vm,
    ];
  }

  private async connect(): Promise<void> {
    await this.wan.ip("link set lo up", `link add wan ${BRIDGE}`, "link set wan up");
    const all = [...this.cloudlets.values()];
    for (const [index, { planned, namespace }] of all.entries()) {
      await this.wan.ip(
        `link add port${index} type veth peer name wan netns ${namespace.name}`,
        `link set port${index} master wan up`,
      );
      await namespace.ip(
        "link set lo up",
        `link add lan ${BRIDGE}`,
        "link set lan up",
        `address add ${addressText(planned.gateway)}/${planned.prefix.length} dev lan`,
        "link set wan up",
        `address add ${wanAddress(index)}/24 dev wan`,
        ...all.flatMap(({ planned: other }, at) =>
          other === planned ? [] : [`route add ${prefixText(other.prefix)} via ${wanAddress(at)}`],
        ),
      );
      await namespace.sysctl({ "net.ipv4.ip_forward": "1", "net.ipv4.conf.all.rp_filter": "0" });
    }
    const [first] = all;
    if (first === undefined) throw new RangeError("a plan without cloudlets");
    await first.namespace.ip(
      `link add device type veth peer name wlan0 netns ${this.device.name}`,
      ...vmInterfaces.map((name) => `link add vm-${name} type veth peer name ${name} netns ${this.vm.name}`),
    );
    this.deviceAt = this.vmAt = first.planned.name;
    for (const namespace of [this.device, this.vm]) {
      await namespace.ip("link set lo up", "mptcp limits set subflows 8 add_addr_accepted 8");
      await namespace.sysctl({ "net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.default.rp_filter": "0" });
    }
    // The SYN to the VM's next address is sent every second until the VM is there.
    await this.device.sysctl({ "net.ipv4.tcp_syn_linear_timeouts": "60" });
    await this.vm.ip(...vmInterfaces.map((name) => `link set ${name} address ${macs[name]}`));
    await this.plug("device", first.namespace);
    for (const name of vmInterfaces) await this.plug(`vm-${name}`, first.namespace);
  }

  private async plug(port: string, into: Namespace): Promise<void> {
    await into.ip(`link set ${port} master lan`, `link set ${port} up`);
  }

  private of(name: string | undefined) {
    const found = this.cloudlets.get(name ?? "");
    if (found === undefined) throw new RangeError(`no cloudlet ${name ?? ""}`);
    return found;
  }

  /** The device leaves its Wi-Fi and joins another's, with an address of that cloudlet. */
  async attachDevice(cloudlet: string, address: string): Promise<void> {
    const { planned, namespace } = this.of(cloudlet);
    await this.device.ip("link set wlan0 down", "address flush dev wlan0");
    if (cloudlet !== this.deviceAt) {
      await this.of(this.deviceAt).namespace.ip(`link set device netns ${namespace.name}`);
      await this.plug("device", namespace);
      this.deviceAt = cloudlet;
    }
    await this.device.ip(
      "link set wlan0 up",
      `address add ${address}/${planned.prefix.length} dev wlan0`,
      `route add default via ${addressText(planned.gateway)}`,
    );
  }

  /** The VM's ports go to another cloudlet's LAN. */
  async migrateVm(cloudlet: string): Promise<void> {
    const { namespace } = this.of(cloudlet);
    const from = this.of(this.vmAt).namespace;
    for (const name of vmInterfaces) {
      await from.ip(`link set vm-${name} netns ${namespace.name}`);
      await this.plug(`vm-${name}`, namespace);
    }
    this.vmAt = cloudlet;
  }

  /** The VM's interface has an address of a cloudlet, in whose LAN the VM need not be yet. */
  async giveVm(name: VmInterface, address: string, cloudlet: string): Promise<void> {
    const gateway = addressText(this.of(cloudlet).planned.gateway);
    await this.vm.ip(
      `link set ${name} up`,
      `address add ${address}/24 dev ${name} noprefixroute`,
      ...sourceRouting(address, gateway, name, tables[name]),
    );
  }

  /** The VM's interface goes down and loses its address. */
  async takeFromVm(name: VmInterface, address: string): Promise<void> {
    await this.vm.ip(
      `rule delete from ${address} lookup ${tables[name]}`,
      `address delete ${address}/24 dev ${name}`,
      `link set ${name} down`,
    );
  }

  /** The device can send to the VM's next address before anybody there answers ARP: what it sends is lost, not refused. */
  async expectVm(name: VmInterface, address: string): Promise<void> {
    await this.device.ip(`neighbor replace ${address} lladdr ${macs[name]} dev wlan0 nud permanent`);
  }

  /** What is up in the VM, and its address. */
  async vmAddresses(): Promise<Record<VmInterface, string | null>> {
    const shown = await this.vm.exec(["ip", "-o", "-4", "address", "show", "up"]);
    const of = (name: VmInterface) => new RegExp(` ${name} +inet ([\\d.]+)/`).exec(shown)?.[1] ?? null;
    return { eth0: of("eth0"), eth1: of("eth1") };
  }

  async subflows(port: number): Promise<Subflow[]> {
    const listing = await this.device.exec(["ss", "-tniH", "dport", "=", `:${port}`]);
    return parseSubflows(listing);
  }

  async counters(): Promise<Record<string, number>> {
    return parseCounters(await this.device.exec(["nstat", "-aszj"]));
  }
}
