import { z } from "zod";
import { Failure } from "../../failure.js";
import { readJsonAnswer } from "../../host/answer.js";
import type { Host } from "../../host/host.js";
import type { Namespace } from "../../host/namespace.js";
import { parseOffloads } from "../../host/offload.js";

/** A machine's own interface that a run has taken into its namespace, and how it was before. */
export const lentInterfaceSchema = z.strictObject({
  /** Its name on the machine, and in the run's namespace. */
  name: z.string(),
  as: z.enum(["eth0", "eth1"]),
  mac: z.string(),
  up: z.boolean(),
  offloads: z.record(z.string(), z.boolean()),
});
export type LentInterface = z.infer<typeof lentInterfaceSchema>;

const linkSchema = z.array(
  z.object({
    ifname: z.string(),
    address: z.string().optional(),
    flags: z.array(z.string()),
    link_type: z.string().optional(),
    addr_info: z.array(z.object({ family: z.string(), local: z.string() })).default([]),
  }),
);

/** All interfaces of a machine, as `ip -j address show` lists them. */
async function interfacesOf(host: Host) {
  return readJsonAnswer(linkSchema, await host.exec(["ip", "-j", "address", "show"]), {
    kind: "environment",
    place: `${host.name}: ip -j address show`,
  });
}

/**
 * The interfaces of a machine that carry nothing, in the order in which it has them: those that a run may borrow on a
 * virtual machine that was made for it.
 */
export async function idleInterfaces(host: Host): Promise<string[]> {
  return (await interfacesOf(host))
    .filter(({ link_type, addr_info }) => link_type === "ether" && !hasIpv4(addr_info))
    .map(({ ifname }) => ifname);
}

const hasIpv4 = (addresses: readonly { family: string }[]) =>
  addresses.some(({ family }) => family === "inet");

/**
 * How an interface is before a run takes it.
 *
 * @throws Failure (environment) when there is none of that name, or it has an address: somebody uses it.
 */
export async function inspectInterface(
  host: Host,
  name: string,
  as: LentInterface["as"],
): Promise<LentInterface> {
  const found = (await interfacesOf(host)).find(({ ifname }) => ifname === name);
  if (found === undefined) {
    throw new Failure(`${host.name} has no interface ${name}`, {
      kind: "environment",
      mend: "name one that it has in the machines file (ip link)",
    });
  }
  const address = found.addr_info.find(({ family }) => family === "inet");
  if (address !== undefined) {
    throw new Failure(`${name} of ${host.name} has the address ${address.local}: somebody uses it`, {
      kind: "environment",
      mend: "name an interface that carries nothing else, or take its address away",
    });
  }
  return {
    name,
    as,
    mac: found.address ?? "",
    up: found.flags.includes("UP"),
    offloads: parseOffloads(await host.exec(["ethtool", "-k", name])),
  };
}

/** Takes an interface into the namespace of a run, under the name that it has in the thesis. */
export async function takeInterface(
  { host, name }: Namespace,
  { name: own, as }: LentInterface,
): Promise<void> {
  await host.exec(["ip", "link", "set", "dev", own, "down"]);
  await host.exec(["ip", "link", "set", "dev", own, "netns", name, "name", as]);
}

/** Gives an interface back as it was; does nothing when the namespace has none of that name. */
export async function giveInterfaceBack(namespace: Namespace, lent: LentInterface): Promise<void> {
  const { host, name } = namespace;
  const { as, mac, up } = lent;
  if ((await namespace.exec(["find", `/sys/class/net/${as}`, "-maxdepth", "0"], { accept: [1] })) === "")
    return;
  await host.exec(["ip", "-netns", name, "link", "set", "dev", as, "down"]);
  await namespace.exec(["ip", "link", "set", "dev", as, "address", mac]);
  const offloads = Object.entries(lent.offloads).flatMap(([feature, on]) => [feature, on ? "on" : "off"]);
  // A feature that the hardware fixes can't be set, and did not change either.
  if (offloads.length > 0) await namespace.exec(["ethtool", "-K", as, ...offloads], { accept: [1, 80] });
  await namespace.exec(["tc", "qdisc", "delete", "dev", as, "root"], { accept: [1, 2] });
  await host.exec(["ip", "-netns", name, "link", "set", "dev", as, "netns", "1", "name", lent.name]);
  if (up) await host.exec(["ip", "link", "set", "dev", lent.name, "up"]);
}
