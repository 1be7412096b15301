import type { GuestAgent } from "../../guest/agent.js";
import type { InterfaceState } from "../../record/schema.js";
import type {
  CloudletNumber,
  LabDescription,
  LabMachine,
  MachineDescription,
} from "../../testbed/standing-labs.js";
import { parseAddresses, parseInterfaces } from "../network/interfaces.js";
import type { LabFile } from "./lab-file.js";
import { cloudlets, IPERF_PORT, type Place } from "../network/layout.js";
import type { Shaper } from "../network/shaper.js";
import type { Namespaces } from "../network/topology.js";

/** Whom to ask about a lab; a guest that can't be asked at the moment is left out. */
export interface LabWitnesses {
  readonly namespaces: Namespaces;
  readonly vm3: GuestAgent | undefined;
  readonly shaper: Shaper | undefined;
}

const SHOW = ["ip", "-j", "address", "show"] as const;

const cloudletNumber = (place: Place): CloudletNumber => (place === "vm1" ? 1 : 2);

/** A lab as its file states it and its machines show it. */
export async function describeLab(
  file: LabFile,
  { namespaces, vm3, shaper }: LabWitnesses,
): Promise<LabDescription> {
  const { place, guest } = file.vm3;
  const shown = {
    vm1: await namespaces.vm1.exec(SHOW),
    vm2: await namespaces.vm2.exec(SHOW),
    vm3: await vm3?.exec(SHOW),
    vm4: await namespaces.vm4.exec(SHOW),
  };
  const ofVm4 = parseInterfaces(shown.vm4, "VM4", [cloudlets.vm1.lan, cloudlets.vm2.lan]);
  const ofVm3 = shown.vm3 === undefined ? [] : parseInterfaces(shown.vm3, "VM3", [cloudlets[place].lan]);
  const device = { cloudlet: deviceCloudlet(ofVm4) };
  return {
    id: file.id,
    testbed: file.testbed,
    startedAt: file.startedAt,
    experiment: file.cell.experiment,
    profile: file.cell.profile.name,
    wan: file.cell.wan,
    access: file.cell.access,
    guest: file.cell.guest,
    accelerator: file.accelerator.accelerator,
    shaper: file.shapingGuest === null ? "host" : "guest",
    vm3: { cloudlet: cloudletNumber(place), pid: guest.pid },
    device,
    machines: (["vm1", "vm2", "vm3", "vm4", "host"] as const).map((name): MachineDescription => ({
      name,
      role: role(name, cloudletNumber(place), device.cloudlet),
      addresses: name === "host" ? [] : parseAddresses(shown[name] ?? "[]"),
    })),
    interfaces: [...ofVm3, ...ofVm4],
    qdiscs: shaper === undefined ? null : await shaper.qdiscs("wan"),
  };
}

function role(name: LabMachine, vm3Cloudlet: CloudletNumber, at: CloudletNumber | null): string {
  switch (name) {
    case "vm1":
      return "cloudlet 1";
    case "vm2":
      return "cloudlet 2";
    case "vm3":
      return `the VM that migrates, on cloudlet ${vm3Cloudlet}; iperf3 listens on ${IPERF_PORT}`;
    case "vm4":
      return `the mobile device, ${at === null ? "between the cloudlets" : `on cloudlet ${at}`}`;
    case "host":
      return "the Linux host between them, with the bridges";
  }
}

/** The cloudlet whose LAN the device has an address in. */
export function deviceCloudlet(vm4: readonly InterfaceState[]): CloudletNumber | null {
  const attached = (name: InterfaceState["interface"]) =>
    vm4.some((row) => row.interface === name && row.state === "UP" && row.address !== null);
  if (attached("eth1")) return 2;
  return attached("eth0") ? 1 : null;
}
