import { exec } from "../../host/process.js";
import type { Share } from "../../host/claims.js";
import type { Cell } from "../../experiment/plan.js";
import type { Refusal, Testbed } from "../contract.js";
import { LabSession } from "../../lab/session.js";
import { refuseWriter } from "../../lab/vm3/memory-writer.js";
import { Labs } from "../../lab/standing/standing-labs.js";
import { netnsProvider } from "./provider.js";
import { netnsRequirements } from "./requirements.js";
import { setUpNetns } from "./setup.js";

/** Measured: what a WAN guest under TCG forwards with room to spare. An unshaped link takes what there is. */
const MAX_RATE_BPS = 1_000_000_000;

/** Real QEMU migration and real MPTCP between network namespaces of one Linux machine. */
export const testbed: Testbed = {
  name: "netns",
  kind: "emulation",
  summary: "real QEMU migration and real MPTCP between network namespaces of this machine (Linux, root)",
  requirements: () => netnsRequirements(exec),
  packetCapture: true,
  setUp: (options) => setUpNetns(exec, options),
  refuse,
  share,
  labs: new Labs(netnsProvider),
  open: (options) => LabSession.open(netnsProvider, options),
};

/** The WAN guest and QEMU's own tables, measured. */
const OVERHEAD_MIB = 400;

/** VM3 runs at one cloudlet at a time and has its memory at both while it migrates; the WAN guest and iperf3 keep another core busy. */
function share(cells: readonly Cell[]): Share {
  return {
    cores: Math.max(...cells.map(({ guest }) => guest.vcpus)) + 1,
    memoryMiB: 2 * Math.max(...cells.map(({ guest }) => guest.memoryMiB)) + OVERHEAD_MIB,
  };
}

function refuse(cell: Cell): Refusal | undefined {
  const { wan, access } = cell;
  const tooFast = Object.entries({ wan, access }).find(([, { rateBps }]) => (rateBps ?? 0) > MAX_RATE_BPS);
  if (tooFast !== undefined) {
    return {
      key: `${tooFast[0]}.bandwidthMbit`,
      message: `the netns testbed carries at most ${MAX_RATE_BPS / 1e6} Mbit/s`,
      mend: "ask for less, or use --testbed sim",
    };
  }
  return refuseWriter(cell);
}
