import { z } from "zod";
import { readJsonAnswer } from "../../host/answer.js";
import type { InterfaceState } from "../../record/schema.js";
import { lanOf } from "./layout.js";

const schema = z.array(
  z.object({
    ifname: z.string(),
    flags: z.array(z.string()),
    addr_info: z.array(z.object({ family: z.string(), local: z.string(), prefixlen: z.int() })).default([]),
  }),
);

const command = { kind: "environment", place: "ip -j address show" } as const;

/**
 * Reads `ip -j address show` into the thesis's terms: an interface that is up with an address of another LAN
 * than the one its machine is on is "UP (inactive)" (Table 4.7).
 *
 * @param hereLans LANs that the machine can reach where it is.
 * @throws Failure (environment) for anything else.
 */
export function parseInterfaces(
  output: string,
  vm: InterfaceState["vm"],
  hereLans: readonly string[],
): InterfaceState[] {
  const found = readJsonAnswer(schema, output, command);
  return (["eth0", "eth1"] as const).map((name) => {
    const entry = found.find(({ ifname }) => ifname === name);
    const inet = entry?.addr_info.find(({ family }) => family === "inet");
    const address = inet === undefined ? null : `${inet.local}/${inet.prefixlen}`;
    if (entry?.flags.includes("UP") !== true) return { vm, interface: name, state: "DOWN", address };
    const active = inet === undefined || hereLans.includes(lanOf(inet.local));
    return { vm, interface: name, state: active ? "UP" : "UP (inactive)", address };
  });
}

/** Reads `ip -j address show` into its IPv4 addresses, the loopback's left out, e.g. `eth1 134.117.64.1/24`; throws as above. */
export function parseAddresses(output: string): string[] {
  return readJsonAnswer(schema, output, command)
    .filter(({ flags }) => !flags.includes("LOOPBACK"))
    .flatMap(({ ifname, addr_info }) =>
      addr_info
        .filter(({ family }) => family === "inet")
        .map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
    )
    .sort();
}
