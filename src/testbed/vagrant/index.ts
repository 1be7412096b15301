import { LabSession } from "../../lab/session.js";
import { refuseWriter } from "../../lab/vm3/memory-writer.js";
import { Labs } from "../../lab/standing/standing-labs.js";
import { exec } from "../../host/process.js";
import type { Share } from "../../host/claims.js";
import type { Cell } from "../../experiment/plan.js";
import type { Refusal, Testbed } from "../contract.js";
import { fileURLToPath } from "node:url";
import { readMachines, type LocatedMachines } from "./machines-file.js";
import type { Machines, VagrantMachines } from "./machines-schema.js";
import { RemoteLabs } from "./provider.js";
import { memoryNeededMiB, vagrantRequirements } from "./requirements.js";
import { setUpVagrant } from "./setup.js";

/** The Vagrantfile's folder, and that of the machines files that are shipped. */
const packageFolder = fileURLToPath(new URL("../../..", import.meta.url));
const machinesFolder = fileURLToPath(new URL("../../../experiments/machines", import.meta.url));

const USUAL = "small";

/** What a cloudlet needs beside VM3's memory: its own system and QEMU. */
const CLOUDLET_OVERHEAD_MIB = 600;
/** An access network's and a virtual machine's links carry this; more was never measured. */
const MAX_RATE_BPS = 1_000_000_000;

/** The thesis's four virtual machines, or three of a lab and VM3 on them. */
export const testbed: Testbed = testbedOn(() => readMachines(USUAL, machinesFolder));

/** @param known what the file says, where it has been read: then cells are held against it. */
function testbedOn(machines: () => Promise<LocatedMachines>, known?: Machines): Testbed {
  const provider = new RemoteLabs(machines, packageFolder);
  return {
    name: "vagrant",
    kind: "emulation",
    summary:
      "the thesis's own topology: VM1, VM2 and VM4 by Vagrant, VM3 nested in them; or machines of a lab over SSH",
    packetCapture: true,
    machines: {
      usual: USUAL,
      choose: async (nameOrPath) => {
        const located = await readMachines(nameOrPath, machinesFolder);
        return testbedOn(() => Promise.resolve(located), located.machines);
      },
    },
    requirements: async (signal) => vagrantRequirements(exec, (await machines()).machines, signal),
    setUp: async (options) => setUpVagrant(exec, (await machines()).machines, options),
    refuse: (cell) => refuse(cell, known),
    ...(known?.kind === "vagrant" ? { share: () => shareOf(known) } : {}),
    labs: new Labs(provider),
    open: (options) => LabSession.open(provider, options),
  };
}

const shareOf = (machines: VagrantMachines): Share => ({
  cores: 2 * machines.cloudlet.cpus + machines.device.cpus,
  memoryMiB: memoryNeededMiB(machines),
});

function refuse(cell: Cell, machines: Machines | undefined): Refusal | undefined {
  const { wan, access, guest } = cell;
  if (cell.scenario === "device-handover") {
    return {
      key: "scenario",
      message: "its device has no third interface, and its packets are not decoded on its machines",
      mend: "use --testbed netns",
    };
  }
  const tooFast = Object.entries({ wan, access }).find(([, { rateBps }]) => (rateBps ?? 0) > MAX_RATE_BPS);
  if (tooFast !== undefined) {
    return {
      key: `${tooFast[0]}.bandwidthMbit`,
      message: `the vagrant testbed carries at most ${MAX_RATE_BPS / 1e6} Mbit/s`,
      mend: "ask for less, or use --testbed sim",
    };
  }
  const writer = refuseWriter(cell);
  if (writer !== undefined || machines?.kind !== "vagrant") return writer;
  const roomMiB = machines.cloudlet.memoryMiB - CLOUDLET_OVERHEAD_MIB;
  if (guest.memoryMiB <= roomMiB) return undefined;
  return {
    key: "guest.memoryMiB",
    message: `VM3's ${guest.memoryMiB} MiB don't fit a cloudlet of ${machines.cloudlet.memoryMiB} MiB`,
    mend: `take a guest of at most ${roomMiB} MiB, or larger cloudlets: --machines thesis`,
  };
}
