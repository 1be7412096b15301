import { z } from "zod";
import { linkShaping, type LinkShaping, type Shaping } from "../../experiment/link-shaping.js";
import type { LinkParameters } from "../../experiment/plan.js";
import type { Profile } from "../../experiment/schema.js";
import { Guest } from "../../guest/guest.js";
import type { QemuOptions } from "../../guest/qemu.js";
import { readJsonAnswer } from "../../host/answer.js";
import { offloadCommand, parseOffloads } from "../../host/offload.js";
import type { CommandLine, ExecOptions } from "../../host/process.js";
import { shapeCommands, unshapeCommand } from "../../host/qdisc.js";
import {
  hostPort,
  linkNames,
  links,
  makeHostLinks,
  type LinkEnd,
  type LinkName,
  type Namespaces,
} from "./topology.js";

/** An interface on whose egress one direction of a link is shaped, and how to run tc beside it. */
interface Port {
  readonly device: string;
  readonly label: string;
  readonly exec: (command: CommandLine, options?: ExecOptions) => Promise<string>;
}

/** Where the links are shaped: netem on this host, or netem in a small guest's kernel. */
export type ShaperKind = "host" | "guest";

/** How a profile shapes a link; null: not at all. */
export function shapingOf(
  { rateBps, ...delay }: LinkParameters & { readonly jitterMs?: number },
  profile: Profile["link"],
): LinkShaping | null {
  return rateBps === null ? null : linkShaping({ rateBps, ...delay }, profile);
}

/** Shapes the links and says what is in force. The same tc commands run in both kinds. */
export class Shaper {
  private readonly inForce = new Map<string, string>();

  private constructor(
    readonly kind: ShaperKind,
    private readonly ports: Record<LinkName, { forward: Port; backward: Port }>,
    private readonly namespaces: Namespaces,
    readonly guest: Guest | undefined,
  ) {}

  /** netem on this host: at the interfaces of the machines that send, as the thesis did (4.1). */
  static async onHost(namespaces: Namespaces): Promise<Shaper> {
    await makeHostLinks(namespaces);
    return Shaper.hostPorts(namespaces);
  }

  static hostPorts(namespaces: Namespaces): Shaper {
    return new Shaper(
      "host",
      portTable((link, end) => machinePort(namespaces, links[link].ends[end])),
      namespaces,
      undefined,
    );
  }

  /**
   * A guest that bridges each link's two ends and shapes with its own kernel's netem, for a host whose
   * kernel has none. The machines' interfaces are its taps, moved there once QEMU has opened them.
   */
  static async inGuest(
    namespaces: Namespaces,
    options: Pick<QemuOptions, "image" | "accelerator" | "qemuVersion" | "dir">,
    signal: AbortSignal,
  ): Promise<Shaper> {
    const taps = linkNames.flatMap((link) => links[link].ends.map((end) => hostPort(link, end)));
    await namespaces.host.ip(...taps.map((tap) => `tuntap add dev ${tap} mode tap vnet_hdr`));
    const guest = await Guest.start(namespaces.host, {
      ...options,
      name: "wan",
      memoryMiB: 256,
      vcpus: 1,
      nics: taps.map((tap, index) => ({ tap, mac: `02:c1:00:00:ff:0${index}` })),
      incoming: false,
    });
    for (const link of linkNames) {
      for (const end of links[link].ends) {
        const [machine, name] = end;
        await namespaces.host.ip(
          `link set ${hostPort(link, end)} netns ${namespaces[machine].name} name ${name}`,
        );
      }
    }
    const agent = await guest.boot(60_000, signal);
    await agent.exec(["ip", "-batch", "-"], {
      input: linkNames
        .flatMap((link, index) => [
          `link add ${links[link].bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`,
          ...[guestDevice(index, 0), guestDevice(index, 1)].flatMap((device) => [
            `link set ${device} master ${links[link].bridge}`,
            `link set ${device} up`,
          ]),
          `link set ${links[link].bridge} up`,
        ])
        .join("\n"),
    });
    return Shaper.guestPorts(namespaces, guest);
  }

  static async guestPorts(namespaces: Namespaces, guest: Guest): Promise<Shaper> {
    const agent = await guest.agent();
    const port = (link: LinkName, end: 0 | 1): Port => {
      // What enters at one end is shaped where it leaves at the other.
      const device = guestDevice(linkNames.indexOf(link), end === 0 ? 1 : 0);
      return { device, label: `wan guest:${device}`, exec: agent.exec.bind(agent) };
    };
    return new Shaper("guest", portTable(port), namespaces, guest);
  }

  /** What is in force already costs nothing: a call into the guest takes some 70 ms under TCG. */
  async shape(link: LinkName, shaping: LinkShaping | null, offloads: "on" | "off"): Promise<void> {
    const ports = this.ports[link];
    await this.set(ports.forward, shaping?.forward);
    await this.set(ports.backward, shaping?.backward);
    if (this.inForce.get(link) === offloads) return;
    for (const port of this.offloadPorts(link)) await port.exec(offloadCommand(port.device, offloads));
    this.inForce.set(link, offloads);
  }

  private async set(port: Port, shaping: Shaping | undefined): Promise<void> {
    const commands =
      shaping === undefined ? [unshapeCommand(port.device)] : shapeCommands(port.device, shaping);
    const input = commands.map(([, ...words]) => words.join(" ")).join("\n");
    if (this.inForce.get(port.label) === input) return;
    await port.exec(["tc", "-batch", "-"], { input });
    this.inForce.set(port.label, input);
  }

  /** `tc -j -s qdisc show` of both directions of a link, by interface. */
  async qdiscs(link: LinkName): Promise<Record<string, unknown>> {
    const shown: Record<string, unknown> = {};
    for (const [direction, port] of Object.entries(this.ports[link])) {
      const text = await port.exec(["tc", "-j", "-s", "qdisc", "show", "dev", port.device]);
      shown[`${direction} (${port.label})`] = readJsonAnswer(z.array(z.unknown()), text, {
        kind: "environment",
        place: "tc -j -s qdisc show",
      });
    }
    return shown;
  }

  async offloads(link: LinkName): Promise<Record<string, Record<string, boolean>>> {
    const found: Record<string, Record<string, boolean>> = {};
    for (const port of this.offloadPorts(link)) {
      found[port.label] = parseOffloads(await port.exec(["ethtool", "-k", port.device]));
    }
    return found;
  }

  /** The machines' own interfaces on a link, and the shaping guest's where there is one. */
  private offloadPorts(link: LinkName): Port[] {
    const machines = links[link].ends.map((end) => machinePort(this.namespaces, end));
    return this.guest === undefined ? machines : [...machines, ...Object.values(this.ports[link])];
  }
}

function machinePort(namespaces: Namespaces, [machine, device]: LinkEnd): Port {
  const namespace = namespaces[machine];
  return { device, label: `${machine}:${device}`, exec: namespace.exec.bind(namespace) };
}

const guestDevice = (linkIndex: number, end: 0 | 1) => `eth${linkIndex * 2 + end}`;

function portTable(
  port: (link: LinkName, end: 0 | 1) => Port,
): Record<LinkName, { forward: Port; backward: Port }> {
  const of = (link: LinkName) => ({ forward: port(link, 0), backward: port(link, 1) });
  return { wan: of("wan"), br1: of("br1"), br2: of("br2"), cellular: of("cellular") };
}
